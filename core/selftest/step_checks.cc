#include <cmath>

#include "core/selftest/groups.h"
#include "core/selftest/synthetic.h"
#include "core/shape/presets.h"

namespace electra::selftest {
namespace {

constexpr int64_t kStepVocabulary = 1000;
constexpr int64_t kSteps = 3;

// One token and nothing to predict: shorter than any text.
PackedBatch OneToken() {
  const SpecialTokenIds special;
  return {.original_ids = {special.cls},
          .masked_ids = {special.cls},
          .positions = {0},
          .masked_positions = {},
          .sequences = {{.sequence = 0, .first_token = 0, .length = 1}},
          .groups = {{.sequence_count = 1, .length = 1}},
          .whole = std::nullopt};
}

// Lengths about the places where kernels change their ways, and batches with nothing masked.
std::vector<PackedBatch> AllShapes(const Context& context) {
  const std::vector<int64_t> lengths = {2, 3, 4, 127, 128, 129, 512};
  const std::vector<int64_t> empty = {2, 2};
  std::vector<PackedBatch> batches = {BatchOf(MakeText(lengths, kStepVocabulary)),
                                      BatchOf(MakeText(empty, kStepVocabulary)), OneToken()};
  if (context.is_quick) return batches;
  const std::vector<int64_t> alone = {512};
  batches.push_back(BatchOf(MakeText(alone, kStepVocabulary)));
  return batches;
}

bool IsFinite(const SessionState& state) {
  for (const NamedArray* array : ArraysOf(state)) {
    for (const float value : array->values) {
      if (!std::isfinite(value)) return false;
    }
  }
  return true;
}

// A pass of each shape without training, then steps over each.
Result PassesAndSteps(const SessionOptions& options, const std::vector<PackedBatch>& batches) {
  TrainingSession session(options);
  int64_t not_finite = 0;
  int64_t skipped = 0;
  double loss = 0;
  for (size_t i = 0; i < batches.size(); ++i) {
    const TokenSums sums = session.Evaluate(batches[i], i);
    if (!std::isfinite(sums.generator_loss + sums.discriminator_loss)) ++not_finite;
  }
  const auto steps = kSteps * static_cast<int64_t>(batches.size());
  for (const StepResult& result : Train(session, batches, 1, steps)) {
    loss = LossOf(result);
    if (!std::isfinite(loss)) ++not_finite;
    if (result.skipped) ++skipped;
  }
  const bool is_finite = not_finite == 0 && IsFinite(session.CopyState());
  // In float16 the first steps find the scale of the loss; in other types none is left out.
  const bool may_skip = options.hyperparameters.fp16;
  return {.measured = std::to_string(steps) + " steps, loss " + Number(loss),
          .limit = "finite",
          .verdict = PassIf(is_finite && (may_skip || skipped == 0)),
          .note = skipped == 0 ? "" : std::to_string(skipped) + " steps skipped"};
}

}  // namespace

std::vector<Check> StepChecks(const Context& context) {
  std::vector<Check> checks;
  for (const Precision precision : PrecisionsOn(context)) {
    for (const bool recomputes : {false, true}) {
      checks.push_back({"steps: " + NameOf(precision) + (recomputes ? ", recomputed" : ""),
                        [precision, recomputes](const Context& here) {
                          ModelConfig tiny = FindModelPreset("tiny")->config;
                          tiny.generator.vocab_size = tiny.discriminator.vocab_size =
                              kStepVocabulary;
                          SessionOptions options = OptionsOf(tiny, here.device, precision);
                          options.hyperparameters.gradient_checkpointing = recomputes;
                          return PassesAndSteps(options, AllShapes(here));
                        }});
    }
    for (const int64_t head_size : {8, 12, 64, 80}) {
      checks.push_back({"steps: " + NameOf(precision) + ", heads of " + std::to_string(head_size),
                        [precision, head_size](const Context& here) {
                          return PassesAndSteps(OptionsOf(SmallModel(head_size, kStepVocabulary),
                                                          here.device, precision),
                                                AllShapes(here));
                        }});
    }
  }
  return checks;
}

}  // namespace electra::selftest
