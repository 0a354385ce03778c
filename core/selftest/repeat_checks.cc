#include "core/selftest/groups.h"
#include "core/selftest/synthetic.h"
#include "core/shape/presets.h"

namespace electra::selftest {
namespace {

constexpr int64_t kHalf = 10;  // steps before the checkpoint, and after it

// Long and short sequences, with dropout: sums in a varying order show here.
std::vector<PackedBatch> RepeatBatches(const Context& context) {
  const std::vector<int64_t> quick = {129, 64, 31, 8};
  const std::vector<int64_t> whole = {512, 512, 512, 512, 300, 129, 31, 8};
  const std::vector<int64_t>& lengths = context.is_quick ? quick : whole;
  return {BatchOf(MakeText(lengths, 1000, 1)), BatchOf(MakeText(lengths, 1000, 2))};
}

SessionOptions RepeatOptions(const Context& context, Precision precision, bool recomputes) {
  ModelConfig tiny = FindModelPreset("tiny")->config;
  tiny.generator.vocab_size = tiny.discriminator.vocab_size = 1000;
  SessionOptions options = OptionsOf(tiny, context.device, precision);
  options.hyperparameters.gradient_checkpointing = recomputes;
  return options;
}

Result EqualBits(const SessionState& a, const SessionState& b) {
  const int64_t different = DifferentNumbers(a, b);
  return {.measured = std::to_string(different) + " numbers differ",
          .limit = "none",
          .verdict = PassIf(different == 0)};
}

// One run as a whole; the other stopped, its state carried into a new session.
Result RunTwice(const Context& context, Precision precision, bool recomputes) {
  const SessionOptions options = RepeatOptions(context, precision, recomputes);
  const std::vector<PackedBatch> batches = RepeatBatches(context);
  TrainingSession whole(options);
  Train(whole, batches, 1, 2 * kHalf);
  SessionState stopped;
  {
    TrainingSession first(options);
    Train(first, batches, 1, kHalf);
    stopped = first.CopyState();
  }
  TrainingSession second(options);
  second.RestoreState(stopped);
  Train(second, batches, kHalf + 1, kHalf);
  return EqualBits(whole.CopyState(), second.CopyState());
}

Result Repeat(const Context& context, Precision precision, bool recomputes) {
  const SessionOptions options = RepeatOptions(context, precision, recomputes);
  const std::vector<PackedBatch> batches = RepeatBatches(context);
  TrainingSession a(options);
  TrainingSession b(options);
  Train(a, batches, 1, kHalf);
  Train(b, batches, 1, kHalf);
  return EqualBits(a.CopyState(), b.CopyState());
}

}  // namespace

std::vector<Check> RepeatChecks(const Context& context) {
  std::vector<Check> checks;
  for (const Precision precision : PrecisionsOn(context)) {
    for (const bool recomputes : {false, true}) {
      const std::string how = NameOf(precision) + (recomputes ? ", recomputed" : "");
      checks.push_back({"the same run twice: " + how, [precision, recomputes](const Context& here) {
                          return Repeat(here, precision, recomputes);
                        }});
      checks.push_back(
          {"10 steps, checkpoint, 10 steps: " + how, [precision, recomputes](const Context& here) {
             return RunTwice(here, precision, recomputes);
           }});
    }
  }
  return checks;
}

}  // namespace electra::selftest
