#include "core/session/classifier_session.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "core/batch/random.h"
#include "core/model/network.h"
#include "core/model/randomness.h"
#include "core/session/adamw.h"
#include "core/session/device.h"
#include "core/session/device_batch.h"
#include "core/session/parameter_treatment.h"

namespace electra {
namespace {

ElectraConfig ConfigOf(const ClassifierOptions& options) {
  ElectraConfig config = options.config;
  config.hidden_dropout_prob = options.hyperparameters.hidden_dropout_prob;
  config.attention_probs_dropout_prob = options.hyperparameters.attention_probs_dropout_prob;
  return config;
}

// The calling thread's, and those of the device, seeded before the weights are drawn.
at::Device SeededDevice(const ClassifierOptions& options, uint64_t key) {
  const at::Device device(options.device);
  if (device.is_cuda()) UseDevice(options.device);
  SeedGenerators(device, key);
  return device;
}

uint64_t FinetuneKey(const ClassifierOptions& options, int64_t step) {
  return KeyedRandom({static_cast<uint64_t>(RandomUse::kFinetune),
                      static_cast<uint64_t>(options.hyperparameters.seed),
                      static_cast<uint64_t>(step)})
      .Next();
}

at::Tensor OnDevice(const std::vector<int64_t>& values, const at::Device& device) {
  return at::tensor(values, at::kLong).to(device);
}

}  // namespace

struct ClassifierSession::Impl {
  explicit Impl(const ClassifierOptions& given)
      : options(given),
        device(SeededDevice(given, FinetuneKey(given, 0))),
        classifier(ConfigOf(given), given.classes, {.device = device}) {
    std::vector<at::Tensor> seen;
    for (const NamedParameter& named : classifier.Parameters()) {
      const auto same = [&](const at::Tensor& other) { return other.is_same(named.parameter); };
      if (std::any_of(seen.begin(), seen.end(), same)) continue;  // a slice of query_key_value
      seen.push_back(named.parameter);
      optimizer.AddParameter(
          named.parameter,
          TreatmentOf(named.name, options.config.num_hidden_layers, options.hyperparameters));
    }
  }

  at::Tensor Forward(const PackedBatch& batch, bool train) const {
    classifier.RenewCopies();
    const DeviceBatch on_device = ToDevice(batch, device);
    std::vector<int64_t> first;
    for (const PackedSequence& sequence : batch.sequences) first.push_back(sequence.first_token);
    return classifier.Forward(ToTokens(batch, on_device, on_device.original_ids),
                              OnDevice(first, device), train);
  }

  const ClassifierOptions options;
  const at::Device device;
  SequenceClassifier classifier;
  AdamW optimizer;
};

ClassifierSession::ClassifierSession(const ClassifierOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}

ClassifierSession::~ClassifierSession() = default;

void ClassifierSession::Fill(const FillParameter& fill) {
  const c10::NoGradGuard no_grad;
  for (const NamedParameter& named : impl_->classifier.Parameters()) {
    at::Tensor part = named.Part(named.parameter);
    const at::Tensor host = at::empty(part.sizes(), at::kFloat);
    const std::span<float> values(host.mutable_data_ptr<float>(),
                                  static_cast<size_t>(host.numel()));
    if (fill(named.name, values)) part.copy_(host);
  }
}

double ClassifierSession::Step(const ClassifierStep& step) {
  Impl& self = *impl_;
  SeedGenerators(self.device, FinetuneKey(self.options, step.step));
  std::vector<int64_t> labels;
  for (const PackedSequence& sequence : step.batch.sequences) {
    labels.push_back(step.labels[sequence.sequence]);
  }
  const at::Tensor logits = self.Forward(step.batch, /*train=*/true);  // [sequences, classes]
  const at::Tensor loss = at::cross_entropy_loss(logits, OnDevice(labels, self.device));
  loss.backward();
  const at::Tensor norm = self.optimizer.ClipGradients(self.optimizer.GradientNorm(),
                                                       self.options.hyperparameters.max_grad_norm);
  const at::Tensor total = loss.detach() + norm;
  const at::Tensor skip = total.isfinite().logical_not().to(at::kFloat);
  self.optimizer.Step(self.options.hyperparameters, step.learning_rate, skip);
  return total.isfinite().item<bool>() ? loss.item<double>() : std::nan("");
}

std::vector<float> ClassifierSession::Logits(const PackedBatch& batch) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor logits = impl_->Forward(batch, /*train=*/false).to(at::kCPU).contiguous();
  const float* values = logits.const_data_ptr<float>();
  return {values, values + logits.numel()};
}

std::vector<NamedArray> ClassifierSession::CopyWeights() const {
  const c10::NoGradGuard no_grad;
  std::vector<NamedArray> weights;
  for (const NamedParameter& named : impl_->classifier.Parameters()) {
    const at::Tensor part = named.Part(named.parameter).to(at::kCPU).contiguous();
    const float* values = part.const_data_ptr<float>();
    weights.push_back({.name = named.name,
                       .shape = part.sizes().vec(),
                       .values = {values, values + part.numel()}});
  }
  return weights;
}

}  // namespace electra
