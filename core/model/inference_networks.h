// The two networks of a pair for use, not for training: no gradients, no optimizer, no dropout, and
// nothing drawn from libtorch's generators, so that a job that trains meanwhile is not disturbed.
//
//   InferenceNetworks networks(generator_config, discriminator_config);
//   networks.Fill([&](Network network, const std::string& name, std::span<float> values) { ... });
//   std::vector<float> logits = networks.Judge(batch, batch.original_ids);
//
// In float32. On a card, TF32 is switched off for the whole process: no job may train on any card of
// this process meanwhile. Free of libtorch by a pimpl. Not thread-safe.
// Errors of libtorch come out as exceptions derived from std::exception.
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

  // What the generator puts at the batch's masked positions: [masked] ids, drawn from
  // softmax(logits / temperature). The draw at a position follows from `seed`, its sequence and its
  // place in it alone, whatever else is in the batch.
  std::vector<int64_t> Sample(const PackedBatch& batch, double temperature, uint64_t seed) const;

  // What the discriminator says of `ids` [tokens] in the places of the batch's tokens: [tokens]
  // logits; above 0: "replaced".
  std::vector<float> Judge(const PackedBatch& batch, std::span<const int64_t> ids) const;

  // The discriminator's last hidden states: [tokens, hidden].
  std::vector<float> Hidden(const PackedBatch& batch) const;

  int64_t hidden_size() const;
  // Of the weights.
  int64_t size_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace electra
