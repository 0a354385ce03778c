// The two networks of a pair for use, not for training: no gradients, no optimizer, no dropout, and
// nothing drawn from libtorch's generators, so that a job that trains meanwhile is not disturbed.
//
//   InferenceNetworks networks(generator_config, discriminator_config, "cpu");
//   networks.Fill([&](Network network, const std::string& name, std::span<float> values) { ... });
//   std::vector<float> logits = networks.Judge(batch, batch.original_ids);
//
// In float32. On a card, TF32 is switched off for the whole process: no job may train on any card
// of this process meanwhile. Free of libtorch by a pimpl. Not thread-safe. Errors of libtorch come
// out as exceptions derived from std::exception.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/batch/batch.h"
#include "core/shape/config.h"

namespace electra {

class InferenceNetworks {
 public:
  enum class Network { kGenerator, kDiscriminator };
  // Puts the parameter of this Hugging Face name into `values` (row-major).
  using FillParameter =
      std::function<void(Network network, const std::string& name, std::span<float> values)>;

  // Weights are of no meaning before Fill(). Without a generator Sample() must not be called.
  // `device`: cpu, cuda:N.
  InferenceNetworks(const std::optional<ElectraConfig>& generator,
                    const ElectraConfig& discriminator, const std::string& device);
  ~InferenceNetworks();
  InferenceNetworks(const InferenceNetworks&) = delete;
  InferenceNetworks& operator=(const InferenceNetworks&) = delete;

  // Calls `fill` once for each parameter of both networks.
  void Fill(const FillParameter& fill);

  // The generator's draws at the batch's masked positions, from softmax(logits / temperature):
  // [masked] ids. The draw at a position depends only on `seed`, its sequence and its place there,
  // not on the rest of the batch.
  std::vector<int64_t> Sample(const PackedBatch& batch, double temperature, uint64_t seed) const;

  // The discriminator's logits [tokens] for `ids` [tokens] in place of the batch's tokens; above 0:
  // "replaced".
  std::vector<float> Judge(const PackedBatch& batch, std::span<const int64_t> ids) const;

  // The discriminator's last hidden states: [tokens, hidden].
  std::vector<float> Hidden(const PackedBatch& batch) const;

  int64_t hidden_size() const;
  // The size of the weights.
  int64_t size_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace electra
