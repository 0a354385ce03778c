#include "core/model/inference_networks.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/batch/random.h"
#include "core/model/network.h"

namespace electra {
namespace {

// Copies: the networks may use the memory of what they are given.
at::Tensor ToTensor(std::span<const int64_t> values, const at::Device& device) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<int64_t>());
  return tensor.to(device);
}

PackedTokens ToTokens(const PackedBatch& batch, std::span<const int64_t> ids,
                      const at::Device& device) {
  std::vector<int64_t> offsets = {0};
  for (const PackedSequence& sequence : batch.sequences) {
    offsets.push_back(sequence.first_token + sequence.length);
  }
  at::Tensor device_offsets;
  if (!device.is_cpu()) device_offsets = ToTensor(offsets, device).to(at::kInt);
  return {
      .ids = ToTensor(ids, device),
      .positions = ToTensor(batch.positions, device),
      .layout = {
          .groups = batch.groups, .offsets = std::move(offsets), .device_offsets = device_offsets}};
}

// On the host. // sync
std::vector<float> ToVector(const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kCPU, at::kFloat).contiguous();
  const float* data = values.const_data_ptr<float>();
  return {data, data + values.numel()};
}

// The index at which the running sum of softmax(logits / temperature) passes `share` of the whole.
int64_t Draw(std::span<const float> logits, double temperature, double share) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (float logit : logits) total += std::exp((logit - largest) / temperature);
  double left = share * total;
  int64_t last_possible = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double weight = std::exp((logits[i] - largest) / temperature);
    if (weight <= 0) continue;
    if (left < weight) return static_cast<int64_t>(i);
    left -= weight;
    last_possible = static_cast<int64_t>(i);
  }
  return last_possible;  // rounding left a remainder
}

}  // namespace

struct InferenceNetworks::Impl {
  at::Device device;
  std::optional<Generator> generator;
  Discriminator discriminator;

  std::vector<NamedParameter> Parameters(Network network) const {
    if (network == Network::kDiscriminator) return discriminator.Parameters();
    return generator ? generator->Parameters() : std::vector<NamedParameter>();
  }
};

InferenceNetworks::InferenceNetworks(const std::optional<ElectraConfig>& generator,
                                     const ElectraConfig& discriminator,
                                     const std::string& device) {
  const c10::NoGradGuard no_grad;
  const NetworkOptions options{.device = at::Device(device), .new_weights = NewWeights::kUnset};
  if (options.device.is_cuda()) at::globalContext().setFloat32MatmulPrecision("highest");
  impl_ = std::make_unique<Impl>(Impl{.device = options.device,
                                      .generator = {},
                                      .discriminator = Discriminator(discriminator, options)});
  if (generator) impl_->generator.emplace(*generator, options);
}

InferenceNetworks::~InferenceNetworks() = default;

void InferenceNetworks::Fill(const FillParameter& fill) {
  const c10::NoGradGuard no_grad;
  for (Network network : {Network::kGenerator, Network::kDiscriminator}) {
    for (const NamedParameter& parameter : impl_->Parameters(network)) {
      const at::Tensor part = parameter.Part(parameter.parameter);  // rows of a matrix: contiguous
      const at::Tensor host = part.is_cpu() ? part : at::empty(part.sizes(), at::kFloat);
      fill(network, parameter.name,
           {host.mutable_data_ptr<float>(), static_cast<size_t>(host.numel())});
      if (!part.is_cpu()) part.copy_(host);
    }
  }
}

std::vector<int64_t> InferenceNetworks::Sample(const PackedBatch& batch, double temperature,
                                               uint64_t seed) const {
  std::vector<int64_t> sampled;
  if (batch.masked_positions.empty()) return sampled;
  const c10::NoGradGuard no_grad;
  const at::Device& device = impl_->device;
  const at::Tensor logits = impl_->generator->Forward(ToTokens(batch, batch.masked_ids, device),
                                                      ToTensor(batch.masked_positions, device),
                                                      /*train=*/false);
  const auto vocab_size = static_cast<size_t>(logits.size(1));
  const at::Tensor rows = logits.to(at::kCPU).contiguous();  // [masked, vocab]
  const float* row = rows.const_data_ptr<float>();
  // Both ascend with the tokens.
  auto sequence = batch.sequences.begin();
  for (int64_t position : batch.masked_positions) {
    while (position >= sequence->first_token + sequence->length) ++sequence;
    const auto place = static_cast<uint64_t>(position - sequence->first_token);
    KeyedRandom random({static_cast<uint64_t>(RandomUse::kFake), seed, sequence->sequence, place});
    sampled.push_back(Draw({row, vocab_size}, temperature, random.NextDouble()));
    row += vocab_size;
  }
  return sampled;
}

std::vector<float> InferenceNetworks::Judge(const PackedBatch& batch,
                                            std::span<const int64_t> ids) const {
  const c10::NoGradGuard no_grad;
  return ToVector(
      impl_->discriminator.Forward(ToTokens(batch, ids, impl_->device), /*train=*/false));
}

std::vector<float> InferenceNetworks::Hidden(const PackedBatch& batch) const {
  const c10::NoGradGuard no_grad;
  return ToVector(impl_->discriminator.encoder().Forward(
      ToTokens(batch, batch.original_ids, impl_->device), /*train=*/false));
}

int64_t InferenceNetworks::hidden_size() const {
  return impl_->discriminator.encoder().config().hidden_size;
}

int64_t InferenceNetworks::size_bytes() const {
  int64_t numbers = 0;
  for (Network network : {Network::kGenerator, Network::kDiscriminator}) {
    for (const NamedParameter& parameter : impl_->Parameters(network)) {
      numbers += parameter.Part(parameter.parameter).numel();
    }
  }
  return numbers * static_cast<int64_t>(sizeof(float));
}

}  // namespace electra
