#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <utility>
#include <vector>

#include "core/model/randomness.h"
#include "core/session/device_batch.h"
#include "core/session/session_impl.h"

namespace electra {

void TrainingSession::StartEvaluation(const PackedBatch& batch, uint64_t key) {
  const c10::NoGradGuard no_grad;
  const WeightAverage::InUse average = impl_->average.Use();
  impl_->RenewCopies();
  SeedGenerators(impl_->device, StepKey(static_cast<uint64_t>(impl_->options.hyperparameters.seed),
                                        RandomUse::kEvaluation, key));
  const ForwardPass pass = impl_->Pass(batch, std::nullopt);
  // Ids and verdicts as one number each: a double holds them exactly.
  const at::Tensor suspected = (pass.discriminator_logits > 0).to(at::kLong);
  impl_->pending_evaluations.push_back(
      at::cat({impl_->Sums(batch, pass), (pass.fake_ids * 2 + suspected).to(at::kDouble)}));
}

std::vector<BatchEvaluation> TrainingSession::TakeEvaluations() {
  std::vector<BatchEvaluation> evaluations;
  const std::vector<at::Tensor> pending = std::exchange(impl_->pending_evaluations, {});
  if (pending.empty()) return evaluations;
  std::vector<int64_t> sizes;
  for (const at::Tensor& results : pending) sizes.push_back(results.size(0));
  for (const at::Tensor& results : at::cat(pending).to(at::kCPU).split_with_sizes(sizes)) {
    BatchEvaluation& evaluation = evaluations.emplace_back();
    evaluation.sums = FromTensor(results);
    const double* numbers = results.const_data_ptr<double>();
    for (int64_t i = kTokenSums; i < results.size(0); ++i) {
      const auto number = static_cast<int64_t>(numbers[i]);
      evaluation.verdicts.fake_ids.push_back(static_cast<int32_t>(number / 2));
      evaluation.verdicts.suspected.push_back(number % 2 == 1);
    }
  }
  return evaluations;
}

TokenSums TrainingSession::Evaluate(const PackedBatch& batch, uint64_t key) {
  StartEvaluation(batch, key);
  return TakeEvaluations().back().sums;
}

// Every step begins with its own seed, so looking at a batch in between changes nothing.
std::vector<PredictionResult> TrainingSession::Predict(const PackedBatch& batch) {
  const c10::NoGradGuard no_grad;
  const WeightAverage::InUse average = impl_->average.Use();
  impl_->RenewCopies();
  SeedGenerators(impl_->device, StepKey(static_cast<uint64_t>(impl_->options.hyperparameters.seed),
                                        RandomUse::kProbe, 0));
  const ForwardPass pass = impl_->Pass(batch, std::nullopt);
  const std::vector<float> generator_losses = ToVector(pass.generator_losses);  // [masked]
  const std::vector<float> discriminator_losses = ToVector(at::binary_cross_entropy_with_logits(
      pass.discriminator_logits, pass.is_fake.to(at::kFloat), {}, {}, at::Reduction::None));
  std::vector<PredictionResult> results;
  for (size_t i = 0; i < batch.sequences.size(); ++i) {
    PredictionResult& result = results.emplace_back();
    result.prediction = Fetch(impl_->Observe(batch, i, pass));
    const int64_t first = batch.sequences[i].first_token;
    const int64_t end = first + batch.sequences[i].length;
    for (int64_t token = first; token < end; ++token) {
      result.discriminator_loss += discriminator_losses[static_cast<size_t>(token)];
    }
    for (size_t masked = 0; masked < generator_losses.size(); ++masked) {
      const int64_t token = batch.masked_positions[masked];
      if (token >= first && token < end) result.generator_loss += generator_losses[masked];
    }
  }
  return results;
}

InferenceResult TrainingSession::Infer(const PackedBatch& batch) {
  const c10::NoGradGuard no_grad;
  const WeightAverage::InUse average = impl_->average.Use();
  impl_->RenewCopies();
  const DeviceBatch on_device = ToDevice(batch, impl_->device);
  const at::Tensor& masked = on_device.masked_positions;
  PackedTokens tokens = ToTokens(batch, on_device, on_device.masked_ids);
  InferenceResult result;
  result.generator_hidden = ToVector(impl_->generator.encoder().Forward(tokens, /*train=*/false));
  result.generator_logits = ToVector(impl_->generator.Forward(tokens, masked, /*train=*/false));
  tokens.ids = on_device.original_ids;
  result.discriminator_hidden =
      ToVector(impl_->discriminator.encoder().Forward(tokens, /*train=*/false));
  result.discriminator_logits = ToVector(impl_->discriminator.Forward(tokens, /*train=*/false));
  return result;
}

}  // namespace electra
