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

// A step with padding against the same without: nothing is drawn that could differ.
// In bfloat16 products of other shapes may round otherwise; on many cards it is computed with flash
// attention.
Result PaddedStep(const Context& context, Precision precision) {
  SessionOptions options = OptionsOf(SmallModel(64, kStepVocabulary), context.device, precision);
  if (!context.on_card()) options.processor_arithmetic = ProcessorArithmetic::kLibtorchFloat64;
  options.hyperparameters.hidden_dropout_prob = 0;
  options.hyperparameters.attention_probs_dropout_prob = 0;
  options.hyperparameters.temperature = 1e-7;
  const std::vector<PackedBatch> batches = {
      BatchOf(MakeText(std::vector<int64_t>{128, 90, 61, 33, 17, 4}, kStepVocabulary))};
  TrainingSession plain(options);
  options.uses_shape_classes = true;
  TrainingSession padded(options);
  const StepResult expected = Train(plain, batches, 1, 1).front();
  const StepResult result = Train(padded, batches, 1, 1).front();
  const double most_loss = precision == Precision::kFloat32 ? 1e-6 : 1e-2;
  const double most_norm = precision == Precision::kFloat32 ? 1e-4 : 5e-2;
  const double loss = std::abs(LossOf(result) / LossOf(expected) - 1);
  const double norm = std::abs(result.gradient_norm / expected.gradient_norm - 1);
  return {.measured = "loss differs by " + Number(loss) + ", gradient's norm by " + Number(norm),
          .limit = "at most " + Number(most_loss) + ", " + Number(most_norm),
          .verdict = PassIf(loss <= most_loss && norm <= most_norm)};
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
    if (precision != Precision::kFloat16) {  // whose first steps may overflow
      checks.push_back({"steps: " + NameOf(precision) + ", padded to a class of shapes",
                        [precision](const Context& here) { return PaddedStep(here, precision); }});
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
