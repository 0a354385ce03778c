// The parts of a TrainingSession, for the files that hold its member functions. Private to core:
// includes libtorch.
//
//   session.cc           building the networks, their optimizer and its gradients' buckets
//   session_pass.cc      one pass of both networks over a batch, and its results
//   session_step.cc      the training step
//   session_evaluate.cc  looking at batches without training
//   session_weights.cc   the weight of each token in the discriminator's loss
//   session_state.cc     the state: out, in and over the ranks
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/batch/random.h"
#include "core/comm/collectives.h"
#include "core/comm/gradient_buckets.h"
#include "core/model/network.h"
#include "core/session/adamw.h"
#include "core/session/host_copies.h"
#include "core/session/loss_scale.h"
#include "core/session/session.h"
#include "core/session/weight_average.h"

namespace electra {

// The factors of the losses before the backward pass.
struct LossScales {
  double generator;
  double discriminator;
};

// The numbers of TokenSums, as they lie in tensors.
inline constexpr int64_t kTokenSums = 9;

// The losses and counts of one pass over a batch, scalars on the device unless noted.
struct ForwardPass {
  at::Tensor generator_loss;        // sum over masked tokens
  at::Tensor generator_losses;      // [masked], of a pass that does not train
  at::Tensor discriminator_loss;    // sum over tokens
  at::Tensor fake_ids;              // [tokens]
  at::Tensor is_fake;               // [tokens], bool
  at::Tensor discriminator_logits;  // [tokens]
  at::Tensor generator_correct;     // scalar
};

// A sequence of a batch; the networks' results are still on the device.
struct Observation {
  SequencePrediction prediction;
  at::Tensor fakes;   // [length]
  at::Tensor logits;  // [length]
};

struct TrainingSession::Impl {
  explicit Impl(const SessionOptions& options);

  // session.cc
  // Named by network; a shared parameter occurs once, under the generator.
  std::vector<std::pair<std::string, NamedParameter>> UniqueParameters() const;
  // The ones that are not frozen.
  std::vector<std::pair<std::string, NamedParameter>> TrainedParameters() const;
  // The stage of the backward pass after which a parameter's gradient is complete.
  int64_t StageOf(const std::string& name) const;

  // session_pass.cc
  // To be called when weights have changed and before the next pass (Encoder::RenewCopies).
  void RenewCopies() const;
  // With `scales` it trains: dropout, and the backward passes too, the generator's before the
  // discriminator begins, so that only one network's activations are held.
  ForwardPass Pass(const PackedBatch& batch, const std::optional<LossScales>& scales);
  bool PadsBatches() const;
  // [kTokenSums] float64 on the device, in the order of TokenSums.
  at::Tensor Sums(const PackedBatch& batch, const ForwardPass& pass) const;
  Observation Observe(const PackedBatch& batch, size_t sequence, const ForwardPass& pass) const;

  // session_step.cc
  // A step's forward and backward passes. Returns their Sums, undefined where there is no batch.
  at::Tensor Accumulate(const StepRequest& request);
  // [kTokenSums + 2 * ranks] float64 on the device: this rank's part of the step's sums.
  at::Tensor OwnSums(const at::Tensor& sums, const StepRequest& request, double seconds) const;
  // A step's update; `sums` are over all ranks.
  void Update(const StepRequest& request, const at::Tensor& sums);

  // session_weights.cc
  void PutTokenWeights(std::vector<float> weights);
  double TokenWeight(std::span<const PackedBatch> batches) const;

  // session_state.cc
  // The moments of whole parameters, by parameter. With sharding all ranks gather them together.
  struct WholeMoments {
    std::vector<at::Tensor> first;
    std::vector<at::Tensor> second;
  };
  WholeMoments GatherMoments() const;
  // The state, and the tensors that have its numbers until the next step.
  struct Gathered {
    SessionState state;               // its arrays without values
    std::vector<at::Tensor> tensors;  // of each array: its list's, in the order of SessionState
    at::Tensor counts;  // [1 or 3] float32: skipped steps; the loss's scale and its good steps
  };
  Gathered GatherWeights() const;
  Gathered GatherState() const;
  static SessionState FetchNow(Gathered gathered);  // sync
  // Null where a card has no memory for clones, and on a processor.
  std::shared_ptr<DeviceSnapshot> TakeSnapshot(const Gathered& gathered) const;
  at::Tensor WholeMoment(const at::Tensor& parameter, const std::vector<at::Tensor>& wholes) const;
  void RestoreMoments(const SessionState& state);
  // The discriminator's own table with shared_embeddings=gdes, else undefined.
  at::Tensor OwnWords() const;
  void RestoreExtras(const SessionState& state);

  SessionOptions options;
  at::Device device;
  NetworkOptions network_options;
  Generator generator;
  Discriminator discriminator;
  AdamW optimizer;
  LossScale loss_scale;
  WeightAverage average;            // without parameters where ema_decay is 0, and on ranks above 0
  std::vector<at::Tensor> trained;  // what the optimizer updates
  std::unique_ptr<GradientBuckets> buckets;  // null where there is one rank
  WholeMoments restored;                     // until SynchronizeState, with sharding
  // By token id, in the discriminator's loss of a step; empty and undefined: all count once.
  std::vector<float> token_weights;
  at::Tensor device_token_weights;  // [vocab] float32
  int64_t step = 0;
  at::Tensor skipped_steps;  // scalar float32

  struct Pending {
    int64_t step;
    // [kTokenSums + 2 + 2 * ranks] float64: TokenSums, the gradient's norm, 1 if skipped, then each
    // rank's tokens and each rank's seconds.
    at::Tensor sums;
  };
  std::vector<Pending> pending;
  // [kTokenSums + tokens] float64: TokenSums, then each token's id, twice, and 1 more if it was
  // suspected.
  std::vector<at::Tensor> pending_evaluations;
  std::optional<Observation> observed;
};

// Row-major, on the host. // sync
std::vector<float> ToVector(const at::Tensor& tensor);

// The sums at the front of a row of float64 on the host.
TokenSums FromTensor(const at::Tensor& sums);

// The observation with the networks' results. // sync
SequencePrediction Fetch(Observation observation);

// The seed for the draws of one step, evaluation or probe.
inline uint64_t StepKey(uint64_t seed, RandomUse use, uint64_t index) {
  return KeyedRandom({static_cast<uint64_t>(use), seed, index}).Next();
}

}  // namespace electra
