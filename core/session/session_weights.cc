#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <stdexcept>
#include <utility>

#include "core/session/device_batch.h"
#include "core/session/session_impl.h"

namespace electra {

std::vector<double> TrainingSession::ExpectedCounts(const PackedBatch& batch) {
  const c10::NoGradGuard no_grad;
  const WeightAverage::InUse average = impl_->average.Use();
  const DeviceBatch on_device = ToDevice(batch, impl_->device);
  const PackedTokens tokens = ToTokens(batch, on_device, on_device.masked_ids);
  const at::Tensor logits =  // [masked, vocab]
      impl_->generator.Forward(tokens, on_device.masked_positions, /*train=*/false);
  const at::Tensor counts = logits.to(at::kFloat).softmax(-1).sum(0).to(at::kCPU, at::kDouble);
  const double* numbers = counts.const_data_ptr<double>();
  return {numbers, numbers + counts.numel()};
}

void TrainingSession::SetTokenWeights(std::vector<float> weights) {
  impl_->PutTokenWeights(std::move(weights));
}

void TrainingSession::Impl::PutTokenWeights(std::vector<float> weights) {
  if (static_cast<int64_t>(weights.size()) != options.model.discriminator.vocab_size) {
    throw std::invalid_argument("there must be a weight for each token of the vocabulary");
  }
  token_weights = std::move(weights);
  device_token_weights =
      at::from_blob(token_weights.data(), {static_cast<int64_t>(token_weights.size())}, at::kFloat)
          .to(device, /*non_blocking=*/false, /*copy=*/true);
}

double TrainingSession::TokenWeight(std::span<const PackedBatch> batches) const {
  return impl_->TokenWeight(batches);
}

double TrainingSession::Impl::TokenWeight(std::span<const PackedBatch> batches) const {
  double sum = 0;
  for (const PackedBatch& batch : batches) {
    if (token_weights.empty()) {
      sum += static_cast<double>(batch.token_count());
      continue;
    }
    for (const int64_t id : batch.original_ids) sum += token_weights.at(static_cast<size_t>(id));
  }
  return sum;
}

}  // namespace electra
