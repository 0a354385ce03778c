// One pair of networks in training on one device: the step, the evaluation, the weights.
//
// Free of libtorch by a pimpl, so that the loop (core/loop/loop.cc) and the benches read without
// it. Not thread-safe. Errors of libtorch come out as exceptions derived from std::exception (an
// out-of-memory error among them); the loop turns them into a status.
//
// All randomness of a step is a function of (seed, step, micro-batch), so a session that is
// restored from a checkpoint goes on exactly as the one that wrote it, and on a CPU ranks that
// share a step draw the same numbers as one would.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/batch/batch.h"
#include "core/session/metrics.h"
#include "core/settings/hyperparameters.h"
#include "core/shape/config.h"

namespace electra {

// A float32 tensor outside of libtorch.
struct NamedArray {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;  // row-major
};

// The scale of a loss in float16 (core/session/loss_scale.h).
struct LossScaleState {
  float factor = 0;
  int good_steps = 0;  // since it last changed

  friend bool operator==(const LossScaleState&, const LossScaleState&) = default;
};

// Everything that a checkpoint must hold. Names are those of Hugging Face's state dicts; moments
// and trained weights are named `generator.NAME` or `discriminator.NAME`, shared parameters once
// under `generator.`. Parameters that are frozen have neither.
struct SessionState {
  std::vector<NamedArray> generator;
  std::vector<NamedArray> discriminator;
  std::vector<NamedArray> first_moments;
  std::vector<NamedArray> second_moments;
  // With ema_decay the two networks above are the average, and these go on training.
  std::vector<NamedArray> trained;
  // State that is not in the networks above: with shared_embeddings=gdes the discriminator's own
  // table as evaluated (theirs is the sum), with disc_token_weights the weights of the tokens.
  std::vector<NamedArray> extras;
  int64_t step = 0;                                         // optimizer steps done
  int64_t skipped_steps = 0;                                // of these, without an update
  std::optional<LossScaleState> loss_scale = std::nullopt;  // with products in float16
};

// A state that is still on its way from the device.
struct StateCopy {
  SessionState state;  // whole but for the numbers that the device has
  // Brings those, called once with the state above by any thread; throws libtorch's errors. Empty:
  // they are there.
  std::function<void(SessionState& state)> fetch;
};

class Collectives;  // core/comm/collectives.h

// How a processor computes: with the kernels of core/model/cpu in float32 (with bf16=true, with
// libtorch's own operations as a card runs them, whose products are oneDNN's), or with libtorch's
// operations in float64. The latter are slow; core/selftest and the tests compare with them.
enum class ProcessorArithmetic { kKernels, kLibtorchFloat64 };

struct SessionOptions {
  ModelConfig model;
  Hyperparameters hyperparameters;
  std::string device = "cpu";  // cpu, cuda:N
  // The ranks that compute each step together, each with a session of its own; null: this one
  // alone. All of them must make the calls marked so below, in the same order. Errors of ranks come
  // out as RankLost (core/comm/collectives.h), after which the session is useless.
  std::shared_ptr<Collectives> ranks = nullptr;
  ProcessorArithmetic processor_arithmetic = ProcessorArithmetic::kKernels;
  // Steps and evaluations are padded to few shapes (core/batch/shape_classes.h). Padding counts
  // in no loss and no gradient, but a card draws other numbers for dropout and samples than without
  // it. The kernels for processors ignore it. For core/selftest and tests: it only pays once
  // a step of one shape is recorded and replayed.
  bool uses_shape_classes = false;
};

struct StepRequest {
  int64_t step = 1;
  double learning_rate = 0;
  double disc_weight = 50;
  std::span<const PackedBatch> micro_batches;  // gradients add up over them
  // With ranks the above is this rank's share (core/batch/share.h), and these are the places of its
  // micro-batches in the whole step and what the whole step holds.
  std::span<const int64_t> indices = {};  // empty: 0, 1, ...
  int64_t step_tokens = 0;                // 0: what micro_batches holds
  int64_t step_masked = 0;
  double step_weight = 0;  // in the discriminator's loss; 0: that of micro_batches
  // Index into the first micro-batch's sequences whose prediction is kept for TakePrediction.
  std::optional<size_t> observed_sequence;
};

struct StepResult {
  int64_t step = 0;
  TokenSums sums;
  double gradient_norm = 0;
  bool skipped = false;  // loss or gradient was not finite: nothing was updated
  int64_t ranks = 1;
  double slowest_rank_tokens_per_second = 0;  // 0 where there is one rank, or nothing was measured
};

// A sequence as both networks see it outside of a step; `step`, `epoch` and `loss` of the
// prediction are the caller's to fill.
struct PredictionResult {
  SequencePrediction prediction;
  double generator_loss = 0;      // sum over its masked tokens
  double discriminator_loss = 0;  // sum over its tokens
};

// The networks' verdicts on a batch's tokens, in its order.
struct TokenVerdicts {
  std::vector<int32_t> fake_ids;  // [tokens], what the discriminator saw
  std::vector<bool> suspected;    // [tokens], called fake by it
};

// Both networks' results for a batch without dropout, row-major in the batch's order of tokens.
struct InferenceResult {
  std::vector<float> generator_hidden;      // [tokens, generator hidden], of masked_ids
  std::vector<float> generator_logits;      // [masked, vocab], of masked_ids
  std::vector<float> discriminator_hidden;  // [tokens, discriminator hidden], of original_ids
  std::vector<float> discriminator_logits;  // [tokens], of original_ids; above 0: "replaced"
};

// What an evaluation says of one batch.
struct BatchEvaluation {
  TokenSums sums;
  TokenVerdicts verdicts;
};

class TrainingSession {
 public:
  explicit TrainingSession(const SessionOptions& options);
  ~TrainingSession();
  TrainingSession(const TrainingSession&) = delete;
  TrainingSession& operator=(const TrainingSession&) = delete;

  // Forward and backward over the micro-batches, clipping, one AdamW update. Every loss is divided
  // by the tokens of the whole step, or their weights, so that accumulation equals one large batch.
  // A step whose loss or gradient is not finite leaves weights and moments unchanged; the device
  // decides that, alike on every rank. All ranks call it; the gradients are summed over them during
  // the last backward pass.
  void Step(const StepRequest& request);

  // Whether forward and backward pass over the batch find enough memory, twice, the second time
  // beside the gradients of the first as in accumulation. Changes nothing. // sync
  bool Fits(const PackedBatch& batch);

  // Results of the steps since the last call. // sync: waits for the device.
  std::vector<StepResult> TakeResults();

  // The observed sequence of the last step; `loss`, `epoch` are the caller's to fill. // sync
  std::optional<SequencePrediction> TakePrediction();

  // Looks at one batch without dropout; `key` decides what the generator samples. Waits for
  // nothing: TakeEvaluations() has the result. With ema_decay this and the two below look at the
  // average.
  void StartEvaluation(const PackedBatch& batch, uint64_t key);
  // Of the batches since the last call, in their order. // sync: one wait for all of them
  std::vector<BatchEvaluation> TakeEvaluations();
  // Both for one batch. // sync
  TokenSums Evaluate(const PackedBatch& batch, uint64_t key);

  // The predictions for each sequence, in the batch's order; the seed fixes the samples. // sync
  std::vector<PredictionResult> Predict(const PackedBatch& batch);

  // The generator fills the masked places, the discriminator judges the text as it stands. // sync
  InferenceResult Infer(const PackedBatch& batch);

  // With zero_redundancy_optimizer the other ranks call ContributeState() at the same time.
  SessionState CopyState() const;  // sync
  // The same state. A card copies it to memory of its own and goes on with the next step; where it
  // has too little of that, and on a processor, it comes at once.
  StateCopy StartCopy() const;
  // The two networks only, as evaluated; of this rank alone.
  SessionState CopyWeights() const;
  void ContributeState() const;
  // Throws std::invalid_argument naming the tensor when names or shapes are not this model's.
  // Empty moments start the optimizer afresh. With ranks, only rank 0 restores.
  void RestoreState(const SessionState& state);
  // All ranks call it, before the first step: their states become that of rank 0.
  void SynchronizeState();

  // How often the generator expects each token at the batch's masked places, [vocab]: the sum of
  // its distributions. // sync
  std::vector<double> ExpectedCounts(const PackedBatch& batch);
  // With disc_token_weights: the weight of each token id in the discriminator's loss of a step; 1
  // until the first call. Evaluations and reports of steps count every token once.
  void SetTokenWeights(std::vector<float> weights);  // [vocab], all above 0
  // The weight of all tokens in the discriminator's loss: their number unless weights were set.
  double TokenWeight(std::span<const PackedBatch> batches) const;

  // Numbers in both networks, shared ones once, frozen ones too.
  int64_t parameter_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace electra
