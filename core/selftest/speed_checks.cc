#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/selftest/card_speed.h"
#include "core/selftest/groups.h"
#include "core/selftest/step_flops.h"
#include "core/selftest/synthetic.h"
#include "core/session/device.h"
#include "core/shape/cost.h"
#include "core/shape/presets.h"

namespace electra::selftest {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The timed work: on a card a model that users train, on a processor one that ends within a minute.
struct Workload {
  const char* preset;
  int64_t length;
  int64_t sequences;
  int64_t steps;
  bool is_deterministic = true;
};

Workload WorkloadOf(const Context& context, int64_t length) {
  constexpr int64_t kTokensOnCard = 16384;
  if (context.on_card()) {
    return {.preset = "base",
            .length = length,
            .sequences = kTokensOnCard / length,
            .steps = context.is_quick ? 5 : 30};
  }
  if (context.is_quick) return {.preset = "tiny", .length = length, .sequences = 4, .steps = 3};
  return {.preset = "small", .length = length, .sequences = 2048 / length, .steps = 6};
}

struct Timing {
  double tokens_per_second = 0;
  double flops_per_second = 0;
  double seconds_per_step = 0;
  double host_seconds_per_step = 0;  // until a step's calls have returned
  double memory_bytes = 0;           // the peak of the session and its steps
  double estimated_bytes = 0;
};

ModelConfig ModelOf(const Workload& workload) {
  ModelConfig model = FindModelPreset(workload.preset)->config;
  constexpr int64_t kVocabulary = 8000;  // on a processor: the head's share as in small corpora
  if (std::string_view(workload.preset) != "base") {
    model.generator.vocab_size = model.discriminator.vocab_size = kVocabulary;
  }
  return model;
}

double EstimatedBytes(const Context& context, const ModelConfig& model, const Workload& workload) {
  return TrainingMemoryBytes(
      model, {.mean_length = static_cast<double>(workload.length),
              .batch_size = static_cast<double>(workload.sequences),
              .half_precision = context.on_card(),
              .logit_rows = context.on_card() ? kLogitRowsOfOperations : kLogitRowsOfKernels});
}

Timing Time(const Context& context, const Workload& workload) {
  const ModelConfig model = ModelOf(workload);
  const std::vector<int64_t> lengths(static_cast<size_t>(workload.sequences), workload.length);
  const std::vector<PackedBatch> batches = {BatchOf(MakeText(lengths, model.generator.vocab_size))};
  SessionOptions options = OptionsOf(
      model, context.device, context.on_card() ? Precision::kBfloat16 : Precision::kFloat32);
  options.hyperparameters.deterministic = workload.is_deterministic;
  ReleaseUnusedMemory();
  ResetPeakMemory(context.device);
  const auto before = static_cast<double>(PeakMemoryBytes(context.device));
  TrainingSession session(options);
  constexpr int64_t kWarmUp = 2;
  Train(session, batches, 1, kWarmUp);
  Timing timing;
  const Clock::time_point start = Clock::now();
  for (int64_t step = kWarmUp + 1; step <= kWarmUp + workload.steps; ++step) {
    const Clock::time_point called = Clock::now();
    session.Step({.step = step,
                  .learning_rate = 1e-4,
                  .micro_batches = batches,
                  .observed_sequence = std::nullopt});
    timing.host_seconds_per_step += SecondsSince(called) / static_cast<double>(workload.steps);
  }
  session.TakeResults();  // sync
  timing.seconds_per_step = SecondsSince(start) / static_cast<double>(workload.steps);
  timing.tokens_per_second =
      static_cast<double>(batches[0].token_count()) / timing.seconds_per_step;
  timing.flops_per_second = StepFlops(model, batches[0]) / timing.seconds_per_step;
  timing.memory_bytes = static_cast<double>(PeakMemoryBytes(context.device)) - before;
  timing.estimated_bytes = EstimatedBytes(context, model, workload);
  return timing;
}

std::string CardName(const Context& context) {
  for (const DeviceReport& device : ListDevices()) {
    if (device.name == context.device) return device.description;
  }
  return "";
}

Result Utilization(const Context& context, int64_t length) {
  const Timing timing = Time(context, WorkloadOf(context, length));
  const std::optional<double> datasheet =
      context.on_card() ? DatasheetSpeed(CardName(context)) : std::nullopt;
  const double limit =
      datasheet ? *datasheet
                : MeasureMatrixProduct(context.device, context.on_card() ? "bfloat16" : "float32");
  const double share = timing.flops_per_second / limit;
  const bool is_judged = context.on_card() && !context.is_quick;
  constexpr double kLeast = 0.45;
  return {.measured = Number(100 * share) + " % MFU",
          .limit = is_judged ? "at least 45 %" : "reported",
          .verdict = PassIf(!is_judged || share >= kLeast),
          .note = Number(timing.tokens_per_second) + " tokens/s of " + Number(limit / 1e12) +
                  " TFLOP/s " + (datasheet ? "by the datasheet" : "as a matrix product measures")};
}

Result HostTime(const Context& context) {
  if (!context.on_card()) return NotHere("a processor computes while a step is called");
  const Timing timing = Time(context, WorkloadOf(context, 128));
  // Host work that overlaps the device's ends before it; a step that waits for the host does not.
  constexpr double kMost = 0.9;
  return {.measured = Number(1e3 * timing.host_seconds_per_step) + " ms of " +
                      Number(1e3 * timing.seconds_per_step) + " ms",
          .limit = "below the device's",
          .verdict = PassIf(timing.host_seconds_per_step < kMost * timing.seconds_per_step)};
}

Result Memory(const Context& context) {
  const Timing timing = Time(context, WorkloadOf(context, 128));
  const double share = timing.memory_bytes / timing.estimated_bytes;
  // A small model's needs are lost among the process's own.
  const bool is_judged = context.on_card() || !context.is_quick;
  constexpr double kMost = 0.25;
  return {.measured = Number(timing.memory_bytes / 1e6) + " MB",
          .limit = is_judged ? "within 25 % of the estimate" : "reported",
          .verdict = PassIf(!is_judged || std::abs(share - 1) <= kMost),
          .note = "estimated " + Number(timing.estimated_bytes / 1e6) + " MB"};
}

Result CostOfDeterminism(const Context& context) {
  if (!context.on_card()) return NotHere("a processor is always deterministic");
  Workload workload = WorkloadOf(context, 128);
  const Timing exact = Time(context, workload);
  workload.is_deterministic = false;
  const Timing free = Time(context, workload);
  return {.measured = Number(100 * (1 - exact.tokens_per_second / free.tokens_per_second)) + " %",
          .limit = "reported",
          .verdict = Verdict::kPass,
          .note = Number(exact.tokens_per_second) + " tokens/s, without deterministic " +
                  Number(free.tokens_per_second)};
}

}  // namespace

std::vector<Check> SpeedChecks(const Context& context) {
  std::vector<Check> checks;
  const std::string preset = WorkloadOf(context, 128).preset;
  for (const int64_t length : {512, 128}) {
    checks.push_back({"speed: " + preset + ", sequences of " + std::to_string(length),
                      [length](const Context& here) { return Utilization(here, length); }});
  }
  checks.push_back({"speed: host's time of a step", HostTime});
  checks.push_back({"speed: cost of deterministic", CostOfDeterminism});
  checks.push_back({"memory: " + preset + ", peak of a step", Memory});
  return checks;
}

}  // namespace electra::selftest
