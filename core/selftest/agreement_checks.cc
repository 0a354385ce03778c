#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "core/model/inference_networks.h"
#include "core/selftest/groups.h"
#include "core/selftest/synthetic.h"
#include "core/shape/presets.h"

namespace electra::selftest {
namespace {

constexpr double kTolerance = 1e-4;
constexpr double kWeightTolerance = 1e-3;
constexpr double kInferenceTolerance = 1e-5;

// Without randomness or coarser rounding: both compute with the same numbers.
SessionOptions PlainOptions(const ModelConfig& model, const std::string& device) {
  SessionOptions options = OptionsOf(model, device, Precision::kFloat32);
  options.hyperparameters.hidden_dropout_prob = 0;
  options.hyperparameters.attention_probs_dropout_prob = 0;
  options.hyperparameters.temperature = 1e-7;
  options.hyperparameters.max_grad_norm = 1e30;  // gradients are compared as they are
  return options;
}

// The same model twice: on the device, and on the processor. There the card is compared with the
// engine's own kernels, and those with libtorch's operations in float64.
struct Pair {
  Pair(const Context& context, int64_t head_size)
      : text(MakeText(std::vector<int64_t>{128, 90, 61, 33, 17, 4}, 1000)), batch(BatchOf(text)) {
    model = SmallModel(head_size, text.vocab_size);
    if (head_size == 64) {
      model = FindModelPreset("tiny")->config;
      model.generator.vocab_size = model.discriminator.vocab_size = text.vocab_size;
    }
    device = std::make_unique<TrainingSession>(PlainOptions(model, context.device));
    SessionOptions other = PlainOptions(model, "cpu");
    if (!context.on_card()) other.processor_arithmetic = ProcessorArithmetic::kLibtorchFloat64;
    reference = std::make_unique<TrainingSession>(other);
    reference->RestoreState(device->CopyWeights());
  }

  Text text;
  PackedBatch batch;
  ModelConfig model;
  std::unique_ptr<TrainingSession> device;
  std::unique_ptr<TrainingSession> reference;
};

double MaxDifference(const std::vector<float>& a, const std::vector<float>& b) {
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b.at(i)));
    if (!(difference <= most)) most = difference;  // a NaN stays
  }
  return most;
}

Result Samples(const Pair& pair) {
  int64_t different = 0;
  int64_t masked = 0;
  const std::vector<PredictionResult> a = pair.device->Predict(pair.batch);
  const std::vector<PredictionResult> b = pair.reference->Predict(pair.batch);
  for (size_t i = 0; i < a.size(); ++i) {
    const SequencePrediction& own = a[i].prediction;
    for (size_t j = 0; j < own.fake_ids.size(); ++j) {
      if (own.masked[j]) ++masked;
      if (own.fake_ids[j] != b.at(i).prediction.fake_ids.at(j)) ++different;
    }
  }
  return {.measured = std::to_string(different) + " of " + std::to_string(masked) + " differ",
          .limit = "none",
          .verdict = PassIf(different == 0)};
}

Result Logits(const Pair& pair) {
  const InferenceResult a = pair.device->Infer(pair.batch);
  const InferenceResult b = pair.reference->Infer(pair.batch);
  const double difference = std::max(MaxDifference(a.generator_logits, b.generator_logits),
                                     MaxDifference(a.discriminator_logits, b.discriminator_logits));
  return {.measured = "differ by " + Number(difference),
          .limit = "at most " + Number(kTolerance),
          .verdict = PassIf(difference <= kTolerance)};
}

double NormOf(const std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

// After the first step a first moment is a fixed share of the gradient. A tensor whose gradient is
// zero except for rounding (a key's bias) is compared with the others' norm.
Result Gradients(const Pair& pair) {
  for (TrainingSession* session : {pair.device.get(), pair.reference.get()}) {
    Train(*session, std::span(&pair.batch, 1), 1, 1, /*learning_rate=*/0);
  }
  const SessionState a = pair.device->CopyState();
  const SessionState b = pair.reference->CopyState();
  double joint = 0;
  for (const NamedArray& array : b.first_moments) joint = std::hypot(joint, NormOf(array.values));
  constexpr double kLeastShare = 1e-3;
  double worst = 0;
  std::string of;
  for (size_t i = 0; i < a.first_moments.size(); ++i) {
    std::vector<float> difference = a.first_moments[i].values;
    const std::vector<float>& other = b.first_moments.at(i).values;
    for (size_t j = 0; j < difference.size(); ++j) difference[j] -= other.at(j);
    const double relative = NormOf(difference) / std::max(NormOf(other), kLeastShare * joint);
    if (relative <= worst) continue;
    worst = relative;
    of = a.first_moments[i].name;
  }
  return {.measured = "differ by " + Number(worst),
          .limit = "at most " + Number(kTolerance) + " of a tensor's",
          .verdict = PassIf(worst <= kTolerance),
          .note = "most in " + of};
}

Result Weights(const Pair& pair) {
  constexpr int64_t kTogether = 20;
  for (TrainingSession* session : {pair.device.get(), pair.reference.get()}) {
    Train(*session, std::span(&pair.batch, 1), 1, kTogether, /*learning_rate=*/2e-4);
  }
  const SessionState a = pair.device->CopyWeights();
  const SessionState b = pair.reference->CopyWeights();
  const std::vector<const NamedArray*> left = ArraysOf(a);
  const std::vector<const NamedArray*> right = ArraysOf(b);
  double worst = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    worst = std::max(worst, MaxDifference(left[i]->values, right.at(i)->values));
  }
  return {.measured = "differ by " + Number(worst),
          .limit = "at most " + Number(kWeightTolerance) + " after 20 steps",
          .verdict = PassIf(worst <= kWeightTolerance)};
}

std::vector<float> Probabilities(const std::vector<float>& logits) {
  std::vector<float> probabilities;
  for (const float logit : logits) probabilities.push_back(1 / (1 + std::exp(-logit)));
  return probabilities;
}

}  // namespace

Result CompareInference(const ModelConfig& model, const SessionState& weights,
                        const std::string& device, TrainingSession& reference,
                        const PackedBatch& batch) {
  using Network = InferenceNetworks::Network;
  InferenceNetworks networks(model.generator, model.discriminator, device);
  networks.Fill([&](Network network, const std::string& name, std::span<float> values) {
    for (const NamedArray& array :
         network == Network::kGenerator ? weights.generator : weights.discriminator) {
      if (array.name == name) std::copy(array.values.begin(), array.values.end(), values.begin());
    }
  });
  const InferenceResult expected = reference.Infer(batch);
  const double probability = MaxDifference(Probabilities(networks.Judge(batch, batch.original_ids)),
                                           Probabilities(expected.discriminator_logits));
  // An embedding is the first of these vectors, or their mean: it differs by no more.
  const double vector = MaxDifference(networks.Hidden(batch), expected.discriminator_hidden);
  const auto agrees = [](double difference) { return difference <= kInferenceTolerance; };
  return {.measured =
              "probabilities differ by " + Number(probability) + ", vectors by " + Number(vector),
          .limit = "at most " + Number(kInferenceTolerance),
          .verdict = PassIf(agrees(probability) && agrees(vector))};
}

std::vector<Check> AgreementChecks(const Context& context) {
  const std::string name =
      context.on_card() ? "card against processor: " : "kernels against libtorch: ";
  std::vector<Check> checks;
  for (const int64_t head_size : {64, 12}) {
    const std::string heads = head_size == 64 ? "" : ", heads of " + std::to_string(head_size);
    const auto add = [&](const std::string& what, Result (*run)(const Pair&)) {
      checks.push_back({name + what + heads, [run, head_size](const Context& here) {
                          return run(Pair(here, head_size));
                        }});
    };
    add("samples", Samples);
    add("logits", Logits);
    add("gradients", Gradients);
    add("weights", Weights);
    checks.push_back({name + "inference in float32" + heads, [head_size](const Context& here) {
                        const Pair pair(here, head_size);
                        return CompareInference(pair.model, pair.device->CopyWeights(), here.device,
                                                *pair.reference, pair.batch);
                      }});
  }
  return checks;
}

}  // namespace electra::selftest
