// The two ELECTRA networks over packed batches. Private to core: includes libtorch.
//
// Every activation is [tokens, ...]: the sequences of a batch follow each other without padding
// (core/batch/batch.h). The mathematics is that of `ElectraForMaskedLM`, `ElectraForPreTraining`
// and, for fine-tuning, `ElectraForSequenceClassification` in transformers, and so are the
// parameters' names.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/batch/batch.h"
#include "core/model/fused_ops.h"
#include "core/model/linear.h"
#include "core/model/masked_head.h"
#include "core/shape/config.h"

namespace electra {

struct EncoderLayer {
  Linear query_key_value;  // [3 * hidden, hidden]: one product instead of three
  Linear attention_output;
  LayerNorm attention_norm;
  Linear intermediate;
  Linear output;
  LayerNorm output_norm;
};

struct Embeddings {
  at::Tensor word;  // [vocab, embedding]
  // Another network's table, to which `word` is added; gets no gradient here. Undefined: none.
  at::Tensor base_word = {};
  at::Tensor position;    // [max_position, embedding]
  at::Tensor token_type;  // [types, embedding]; all tokens are of type 0
  LayerNorm norm;
  std::optional<Linear> projection;  // where embedding and hidden sizes differ
};

// A packed batch's tokens on the device.
struct PackedTokens {
  at::Tensor ids;        // [tokens], int64
  at::Tensor positions;  // [tokens], int64
  PackedLayout layout;
};

// A parameter, or rows of one, under its name in a Hugging Face state dict.
struct NamedParameter {
  std::string name;
  at::Tensor parameter;
  int64_t first_row = 0;
  int64_t rows = -1;  // -1: all of it

  // The named part of a tensor of the parameter's shape: the weight itself, its gradient or one of
  // its moments.
  at::Tensor Part(const at::Tensor& tensor) const;
};

// New weights are either drawn, to be trained, or left for a file to fill. The latter draw nothing
// from the default generator, which belongs to whoever trains.
enum class NewWeights { kRandom, kUnset };

// How the networks compute, apart from their shapes.
struct NetworkOptions {
  at::Device device = at::kCPU;
  at::ScalarType compute_type = at::kFloat;  // of products and what lies between them
  // Float64 on the processor takes libtorch's own operations, and all of them compute in it.
  at::ScalarType weight_type = at::kFloat;
  bool is_ampere = false;              // see core/model/attention_kernel.h
  bool recompute_activations = false;  // layers keep their inputs only
  NewWeights new_weights = NewWeights::kRandom;

  at::ScalarType product_type() const {
    return weight_type == at::kFloat ? compute_type : weight_type;
  }
};

// Either network up to its last hidden state (`ElectraModel`).
class Encoder {
 public:
  Encoder(const ElectraConfig& config, const NetworkOptions& options);

  // [tokens, hidden]. With `train`, dropout draws from the thread's or the card's generator. Where
  // `rows` (int64, the masked tokens) is given, only those rows: the others are not computed.
  at::Tensor Forward(const PackedTokens& tokens, bool train, const at::Tensor& rows = {}) const;

  // To be called when weights have changed and before the next pass, where products compute in a
  // type that is not the weights'.
  void RenewCopies() const { copies_.Renew(); }

  // Appends all parameters, named from `electra.`.
  void AppendParameters(std::vector<NamedParameter>* parameters) const;

  // Called in the backward pass when the gradients of layer `index` and of all above it are there,
  // by the thread that computes them.
  using BackwardObserver = std::function<void(int64_t index)>;
  void set_backward_observer(BackwardObserver observer) {
    backward_observer_ = std::move(observer);
  }

  const ElectraConfig& config() const { return config_; }
  const NetworkOptions& options() const { return options_; }
  Embeddings& embeddings() { return embeddings_; }
  const Embeddings& embeddings() const { return embeddings_; }

 private:
  at::Tensor Embed(const PackedTokens& tokens, bool train) const;

  ElectraConfig config_;
  NetworkOptions options_;
  WeightCopies copies_;
  Embeddings embeddings_;
  std::vector<EncoderLayer> layers_;
  AttentionKernel attention_kernel_;
  BackwardObserver backward_observer_;  // may be empty
};

// `ElectraForMaskedLM`.
class Generator {
 public:
  Generator(const ElectraConfig& config, const NetworkOptions& options);

  // Logits [masked, vocab] at the tokens that `masked` [masked] (int64) names, and only there.
  at::Tensor Forward(const PackedTokens& tokens, const at::Tensor& masked, bool train) const;

  // Loss and samples at the masked tokens, whose true ids are `labels` [masked]. With
  // wants_gradient it trains: dropout, and the backward pass too, which adds to all parameters'
  // gradients.
  MaskedHeadResult Predict(const PackedTokens& tokens, const at::Tensor& masked,
                           const at::Tensor& labels, const MaskedHeadOptions& options) const;
  void RenewCopies() const;  // as the encoder's
  std::vector<NamedParameter> Parameters() const;
  Encoder& encoder() { return encoder_; }
  const Encoder& encoder() const { return encoder_; }

 private:
  // [masked, embedding], the input of the vocabulary's matrix.
  at::Tensor Transform(const PackedTokens& tokens, const at::Tensor& masked, bool train) const;

  Encoder encoder_;
  WeightCopies copies_;
  Linear dense_;
  LayerNorm norm_;
  Linear output_;  // [vocab, embedding]; its weight may be the word embeddings
};

// `ElectraForPreTraining`.
class Discriminator {
 public:
  Discriminator(const ElectraConfig& config, const NetworkOptions& options);

  // Logits [tokens]: above 0 says "replaced".
  at::Tensor Forward(const PackedTokens& tokens, bool train) const;
  void RenewCopies() const;  // as the encoder's
  std::vector<NamedParameter> Parameters() const;
  Encoder& encoder() { return encoder_; }
  const Encoder& encoder() const { return encoder_; }

 private:
  Encoder encoder_;
  WeightCopies copies_;
  Linear dense_;
  Linear prediction_;
};

// `ElectraForSequenceClassification`.
class SequenceClassifier {
 public:
  SequenceClassifier(const ElectraConfig& config, int64_t classes, const NetworkOptions& options);

  // Logits [sequences, classes] from the sequences' first tokens, which `first` [sequences] (int64)
  // names.
  at::Tensor Forward(const PackedTokens& tokens, const at::Tensor& first, bool train) const;
  void RenewCopies() const;  // as the encoder's
  std::vector<NamedParameter> Parameters() const;
  const Encoder& encoder() const { return encoder_; }

 private:
  Encoder encoder_;
  WeightCopies copies_;
  Linear dense_;
  Linear out_;
};

}  // namespace electra
