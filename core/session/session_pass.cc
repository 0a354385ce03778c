#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <utility>
#include <vector>

#include "core/batch/shape_classes.h"
#include "core/session/device_batch.h"
#include "core/session/session_impl.h"

namespace electra {
namespace {

// The part of a padded batch's results that counts. It comes first, so that sums over it alone are
// the same with padding and without.
class OwnPart {
 public:
  OwnPart(int64_t own, int64_t all) : own_(own), all_(all) {}
  at::Tensor operator()(const at::Tensor& all) const {
    return own_ == all_ ? all : all.narrow(0, 0, own_);
  }

 private:
  const int64_t own_;
  const int64_t all_;
};

}  // namespace

void TrainingSession::Impl::RenewCopies() const {
  generator.RenewCopies();
  discriminator.RenewCopies();
}

bool TrainingSession::Impl::PadsBatches() const {
  const bool has_kernels =
      device.is_cpu() && options.processor_arithmetic == ProcessorArithmetic::kKernels;
  return options.uses_shape_classes && !has_kernels;
}

ForwardPass TrainingSession::Impl::Pass(const PackedBatch& batch,
                                        const std::optional<LossScales>& scales) {
  const std::optional<PackedBatch> padded =
      PadsBatches() ? std::optional(PadToClass(batch)) : std::nullopt;
  const PackedBatch& computed = padded ? *padded : batch;
  const DeviceBatch on_device = ToDevice(computed, device);
  const at::Tensor& ids = on_device.original_ids;  // [tokens], padded ones too
  const at::Tensor& masked_at = on_device.masked_positions;
  PackedTokens tokens = ToTokens(computed, on_device, on_device.masked_ids);
  const OwnPart own_tokens(batch.token_count(), computed.token_count());
  const OwnPart own_masked(batch.masked_count(), computed.masked_count());

  ForwardPass pass;
  MaskedHeadOptions head{.temperature = options.hyperparameters.temperature,
                         .gradient_scale = scales ? scales->generator : 1.0,
                         .loss_scale = loss_scale.factor(),
                         .wants_gradient = scales.has_value(),
                         .counted = batch.masked_count()};
  if (computed.whole) head.places = computed.whole->masked_places;
  const MaskedHeadResult generated =
      generator.Predict(tokens, masked_at, ids.index_select(0, masked_at), head);
  if (scales && buckets) buckets->StageDone(0);
  pass.generator_loss = generated.loss;
  if (!scales) pass.generator_losses = own_masked(generated.losses);
  pass.generator_correct = generated.correct;
  tokens.ids = ids.index_copy(0, own_masked(masked_at), own_masked(generated.sampled));
  const at::Tensor original = own_tokens(ids);
  pass.fake_ids = own_tokens(tokens.ids);
  pass.is_fake = pass.fake_ids != original;

  pass.discriminator_logits =
      own_tokens(discriminator.Forward(tokens, /*train=*/scales.has_value()));
  const auto loss = [&pass](const std::optional<at::Tensor>& weights) {
    return at::binary_cross_entropy_with_logits(
        pass.discriminator_logits, pass.is_fake.to(at::kFloat), weights, {}, at::Reduction::Sum);
  };
  pass.discriminator_loss = loss({});
  if (scales) {
    const at::Tensor trained = device_token_weights.defined()
                                   ? loss(device_token_weights.index_select(0, original))
                                   : pass.discriminator_loss;
    at::Tensor scaled = trained * scales->discriminator;
    if (loss_scale.factor().defined()) scaled = scaled * loss_scale.factor();
    scaled.backward();
  }
  return pass;
}

at::Tensor TrainingSession::Impl::Sums(const PackedBatch& batch, const ForwardPass& pass) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor suspected = pass.discriminator_logits > 0;
  const auto scalar = [&](int64_t value) {
    return at::full({}, value, at::TensorOptions().device(device).dtype(at::kDouble));
  };
  return at::stack({pass.generator_loss.to(at::kDouble), pass.discriminator_loss.to(at::kDouble),
                    scalar(batch.masked_count()), scalar(batch.token_count()),
                    pass.generator_correct.to(at::kDouble),
                    (suspected == pass.is_fake).sum().to(at::kDouble),
                    pass.is_fake.sum().to(at::kDouble), suspected.sum().to(at::kDouble),
                    (suspected & pass.is_fake).sum().to(at::kDouble)});
}

Observation TrainingSession::Impl::Observe(const PackedBatch& batch, size_t index,
                                           const ForwardPass& pass) const {
  const PackedSequence& packed = batch.sequences.at(index);
  SequencePrediction prediction;
  prediction.sequence = packed.sequence;
  const auto first = static_cast<size_t>(packed.first_token);
  prediction.masked.assign(static_cast<size_t>(packed.length), false);
  for (size_t i = 0; i < prediction.masked.size(); ++i) {
    prediction.original_ids.push_back(static_cast<int32_t>(batch.original_ids[first + i]));
  }
  for (int64_t masked : batch.masked_positions) {
    if (masked >= packed.first_token && masked < packed.first_token + packed.length) {
      prediction.masked[static_cast<size_t>(masked - packed.first_token)] = true;
    }
  }
  return {
      .prediction = std::move(prediction),
      .fakes = pass.fake_ids.narrow(0, packed.first_token, packed.length).clone(),
      .logits =
          pass.discriminator_logits.detach().narrow(0, packed.first_token, packed.length).clone()};
}

SequencePrediction Fetch(Observation observation) {
  SequencePrediction prediction = std::move(observation.prediction);
  const at::Tensor fakes = observation.fakes.to(at::kCPU);
  const at::Tensor probabilities =
      observation.logits.to(at::kCPU, at::kFloat).sigmoid().contiguous();
  for (int64_t i = 0; i < fakes.size(0); ++i) {
    prediction.fake_ids.push_back(static_cast<int32_t>(fakes.const_data_ptr<int64_t>()[i]));
    prediction.fake_probabilities.push_back(probabilities.const_data_ptr<float>()[i]);
  }
  return prediction;
}

std::vector<float> ToVector(const at::Tensor& tensor) {
  const at::Tensor host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* data = host.const_data_ptr<float>();
  return {data, data + host.numel()};
}

TokenSums FromTensor(const at::Tensor& sums) {
  const double* v = sums.const_data_ptr<double>();
  const auto count = [v](int i) { return static_cast<int64_t>(v[i]); };
  return {.generator_loss = v[0],
          .discriminator_loss = v[1],
          .masked = count(2),
          .tokens = count(3),
          .generator_correct = count(4),
          .discriminator_correct = count(5),
          .fakes = count(6),
          .suspected = count(7),
          .caught = count(8)};
}

}  // namespace electra
