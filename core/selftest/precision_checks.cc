#include <cmath>

#include "core/selftest/groups.h"
#include "core/selftest/synthetic.h"
#include "core/shape/presets.h"

namespace electra::selftest {
namespace {

constexpr int64_t kLearningSteps = 300;
constexpr int64_t kLastSteps = 50;

double LastLosses(const Context& context, Precision precision) {
  ModelConfig tiny = FindModelPreset("tiny")->config;
  tiny.generator.vocab_size = tiny.discriminator.vocab_size = 1000;
  const Text text = MakeText(std::vector<int64_t>(512, 64), 1000);
  std::vector<PackedBatch> batches;
  for (uint64_t first = 0; first < 512; first += 32) batches.push_back(BatchOf(text, first, 32));
  TrainingSession session(OptionsOf(tiny, context.device, precision));
  const std::vector<StepResult> results = Train(session, batches, 1, kLearningSteps);
  double sum = 0;
  for (size_t i = results.size() - kLastSteps; i < results.size(); ++i) sum += LossOf(results[i]);
  return sum / static_cast<double>(kLastSteps);
}

Result ShortTypeLearns(const Context& context, Precision precision) {
  const double exact = LastLosses(context, Precision::kFloat32);
  const double rounded = LastLosses(context, precision);
  constexpr double kMost = 0.02;
  const double difference = std::abs(rounded / exact - 1);
  return {.measured = Number(rounded) + " against " + Number(exact),
          .limit = "within 2 % after 300 steps",
          .verdict = PassIf(difference <= kMost)};
}

}  // namespace

std::vector<Check> PrecisionChecks(const Context& context) {
  std::vector<Check> checks;
  for (const Precision precision : {Precision::kBfloat16, Precision::kFloat16}) {
    const std::string name = "loss in " + NameOf(precision) + " against float32";
    if (context.on_card()) {
      checks.push_back(
          {name, [precision](const Context& here) { return ShortTypeLearns(here, precision); }});
    } else {
      checks.push_back(
          {name, [](const Context&) { return NotHere("a processor trains in float32"); }});
    }
  }
  return checks;
}

}  // namespace electra::selftest
