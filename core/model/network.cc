#include "core/model/network.h"

#include <cmath>

#include "core/model/embeddings_on_cpu.h"
#include "core/model/encoder_layers_on_cpu.h"
#include "core/model/float_on_cpu.h"
#include "core/model/layer_by_libtorch.h"
#include "core/model/products.h"
#include "core/model/randomness.h"
#include "core/model/recompute.h"

namespace electra {
namespace {

// Weights are drawn from N(0, initializer_range), biases are 0, LayerNorm is the identity, as
// transformers initialises ELECTRA.
class Initializer {
 public:
  Initializer(const ElectraConfig& config, const NetworkOptions& options, WeightCopies& copies)
      : config_(config),
        options_(at::TensorOptions().device(options.device).dtype(options.weight_type)),
        new_weights_(options.new_weights),
        copies_(copies) {}

  at::Tensor Matrix(int64_t rows, int64_t columns) const {
    if (new_weights_ == NewWeights::kUnset) return at::empty({rows, columns}, options_);
    // Drawn on the CPU, so that a seed means the same weights on every device.
    at::Tensor weight = at::empty({rows, columns}, options_.device(at::kCPU));
    weight.normal_(0.0, config_.initializer_range, GeneratorOf(at::kCPU));
    return weight.to(options_.device()).set_requires_grad(true);
  }
  at::Tensor Zeros(int64_t size) const {
    return at::zeros({size}, options_).set_requires_grad(true);
  }
  Linear MakeLinear(int64_t in, int64_t out) const {
    return WithCopies(Linear{.weight = Matrix(out, in), .bias = Zeros(out)});
  }
  LayerNorm MakeNorm(int64_t size) const {
    return {.weight = at::ones({size}, options_).set_requires_grad(true),
            .bias = Zeros(size),
            .eps = config_.layer_norm_eps};
  }
  template <typename Part>
  Part WithCopies(Part part) const {
    part.weight_copy = copies_.Of(part.weight);
    part.bias_copy = copies_.Of(part.bias);
    return part;
  }

 private:
  const ElectraConfig& config_;
  at::TensorOptions options_;
  NewWeights new_weights_;
  WeightCopies& copies_;
};

void AppendLinear(const std::string& name, const Linear& linear,
                  std::vector<NamedParameter>* parameters) {
  parameters->push_back({name + ".weight", linear.weight});
  parameters->push_back({name + ".bias", linear.bias});
}

void AppendNorm(const std::string& name, const LayerNorm& norm,
                std::vector<NamedParameter>* parameters) {
  parameters->push_back({name + ".weight", norm.weight});
  parameters->push_back({name + ".bias", norm.bias});
}

void AppendQueryKeyValue(const std::string& name, const Linear& linear,
                         std::vector<NamedParameter>* parameters) {
  const int64_t hidden = linear.weight.size(1);
  int64_t row = 0;
  for (const char* part : {".query", ".key", ".value"}) {
    parameters->push_back({name + part + ".weight", linear.weight, row, hidden});
    parameters->push_back({name + part + ".bias", linear.bias, row, hidden});
    row += hidden;
  }
}

}  // namespace

at::Tensor NamedParameter::Part(const at::Tensor& tensor) const {
  return rows < 0 ? tensor : tensor.narrow(0, first_row, rows);
}

Encoder::Encoder(const ElectraConfig& config, const NetworkOptions& options)
    : config_(config),
      options_(options),
      copies_(options.product_type()),
      attention_kernel_(
          options.device.is_cpu()
              ? AttentionKernel::kByLength
              : ChooseAttentionKernel(options.product_type(), options.is_ampere,
                                      config.hidden_size / config.num_attention_heads)) {
  const Initializer init(config_, options, copies_);
  const int64_t embedding = config_.embedding_size;
  const int64_t hidden = config_.hidden_size;
  embeddings_.word = init.Matrix(config_.vocab_size, embedding);
  embeddings_.position = init.Matrix(config_.max_position_embeddings, embedding);
  embeddings_.token_type = init.Matrix(config_.type_vocab_size, embedding);
  embeddings_.norm = init.MakeNorm(embedding);
  if (embedding != hidden) embeddings_.projection = init.MakeLinear(embedding, hidden);
  for (int64_t i = 0; i < config_.num_hidden_layers; ++i) {
    layers_.push_back({.query_key_value = init.MakeLinear(hidden, 3 * hidden),
                       .attention_output = init.MakeLinear(hidden, hidden),
                       .attention_norm = init.WithCopies(init.MakeNorm(hidden)),
                       .intermediate = init.MakeLinear(hidden, config_.intermediate_size),
                       .output = init.MakeLinear(config_.intermediate_size, hidden),
                       .output_norm = init.WithCopies(init.MakeNorm(hidden))});
  }
}

at::Tensor Encoder::Embed(const PackedTokens& tokens, bool train) const {
  const double dropout = train ? config_.hidden_dropout_prob : 0.0;
  at::Tensor embedded;  // [tokens, embedding]
  if (IsFloatOnCpu(embeddings_.word)) {
    embedded =
        EmbeddingsOnCpu(embeddings_, tokens.ids, tokens.positions, dropout,
                        tokens.layout.whole ? tokens.layout.whole->token_places : RowPlaces());
  } else {
    at::Tensor sum = EmbeddingSum(embeddings_.word, embeddings_.position, embeddings_.token_type,
                                  tokens.ids, tokens.positions);
    if (embeddings_.base_word.defined()) {
      sum = sum + embeddings_.base_word.detach().index_select(0, tokens.ids);
    }
    embedded = at::dropout(embeddings_.norm(sum), dropout, /*train=*/dropout > 0);
  }
  embedded = embedded.to(options_.product_type());
  return embeddings_.projection ? (*embeddings_.projection)(embedded) : embedded;
}

namespace {

// What a layer is run with, by value: it may be run again in the backward pass.
struct LayerRun {
  Activation activation;
  AttentionOptions attention;
  double dropout;
  PackedLayout layout;
  at::Tensor rows;   // what the result is limited to, if defined
  RowPlaces places;  // of the result's rows
};

at::Tensor RunLayer(const EncoderLayer& layer, const LayerRun& run, at::Tensor hidden) {
  if (!run.rows.defined() && run.activation == Activation::kGelu && IsFloatOnCpu(hidden)) {
    return EncoderLayersOnCpu({&layer, 1}, hidden, run.layout, run.attention, run.dropout);
  }
  at::Tensor attended = PackedAttention(layer.query_key_value(hidden), run.layout, run.attention);
  if (run.rows.defined()) {
    attended = attended.index_select(0, run.rows);
    hidden = hidden.index_select(0, run.rows);
  }
  if (!IsFloatOnCpu(hidden)) {
    return AfterAttentionByLibtorch(layer, run.activation, run.dropout, attended, hidden);
  }
  const auto add_norm = [&](const LayerNorm& norm, const at::Tensor& input) {
    return DropoutAddNormOnCpu(input, hidden, norm.weight, norm.bias, norm.eps, run.dropout,
                               run.places);
  };
  hidden = add_norm(layer.attention_norm, layer.attention_output(attended));
  const at::Tensor inner = Activate(run.activation, layer.intermediate(hidden));
  return add_norm(layer.output_norm, layer.output(inner));
}

}  // namespace

at::Tensor Encoder::Forward(const PackedTokens& tokens, bool train, const at::Tensor& rows) const {
  LayerRun run{.activation = config_.hidden_act,
               .attention = {.heads = config_.num_attention_heads,
                             .dropout = train ? config_.attention_probs_dropout_prob : 0.0,
                             .kernel = attention_kernel_},
               .dropout = train ? config_.hidden_dropout_prob : 0.0,
               .layout = tokens.layout,
               .rows = {},
               .places = {}};
  const std::optional<PlacesInWhole>& whole = tokens.layout.whole;
  if (whole) run.places = whole->token_places;
  at::Tensor hidden = Embed(tokens, train);  // [tokens, hidden]
  std::span<const EncoderLayer> layers = layers_;
  const bool recomputes = train && options_.recompute_activations;
  if (!recomputes && run.activation == Activation::kGelu && IsFloatOnCpu(hidden)) {
    const size_t count = layers_.size() - (rows.defined() ? 1 : 0);
    hidden = EncoderLayersOnCpu(layers.first(count), hidden, run.layout, run.attention, run.dropout,
                                train ? backward_observer_ : nullptr);
    layers = layers.subspan(count);
  }
  for (const EncoderLayer& layer : layers) {
    if (&layer == &layers_.back() && rows.defined()) {
      run.rows = rows;
      if (whole) run.places = whole->masked_places;
    }
    if (train && backward_observer_ && hidden.requires_grad()) {
      hidden.register_hook([observer = backward_observer_, index = &layer - layers_.data()](
                               const at::Tensor&) { observer(index); });
    }
    if (recomputes) {
      hidden = Recomputed(hidden, layer.output_norm.weight, [&layer, run](const at::Tensor& input) {
        return RunLayer(layer, run, input);
      });
    } else {
      hidden = RunLayer(layer, run, hidden);
    }
  }
  return hidden;
}

void Encoder::AppendParameters(std::vector<NamedParameter>* parameters) const {
  const std::string embeddings = "electra.embeddings.";
  parameters->push_back({embeddings + "word_embeddings.weight", embeddings_.word});
  parameters->push_back({embeddings + "position_embeddings.weight", embeddings_.position});
  parameters->push_back({embeddings + "token_type_embeddings.weight", embeddings_.token_type});
  AppendNorm(embeddings + "LayerNorm", embeddings_.norm, parameters);
  if (embeddings_.projection) {
    AppendLinear("electra.embeddings_project", *embeddings_.projection, parameters);
  }
  for (size_t i = 0; i < layers_.size(); ++i) {
    const EncoderLayer& layer = layers_[i];
    const std::string prefix = "electra.encoder.layer." + std::to_string(i) + ".";
    AppendQueryKeyValue(prefix + "attention.self", layer.query_key_value, parameters);
    AppendLinear(prefix + "attention.output.dense", layer.attention_output, parameters);
    AppendNorm(prefix + "attention.output.LayerNorm", layer.attention_norm, parameters);
    AppendLinear(prefix + "intermediate.dense", layer.intermediate, parameters);
    AppendLinear(prefix + "output.dense", layer.output, parameters);
    AppendNorm(prefix + "output.LayerNorm", layer.output_norm, parameters);
  }
}

Generator::Generator(const ElectraConfig& config, const NetworkOptions& options)
    : encoder_(config, options), copies_(options.product_type()) {
  const Initializer init(config, options, copies_);
  dense_ = init.MakeLinear(config.hidden_size, config.embedding_size);
  norm_ = init.MakeNorm(config.embedding_size);
  const at::Tensor weight = config.tie_word_embeddings
                                ? encoder_.embeddings().word
                                : init.Matrix(config.vocab_size, config.embedding_size);
  output_ = init.WithCopies(Linear{.weight = weight, .bias = init.Zeros(config.vocab_size)});
}

void Generator::RenewCopies() const {
  encoder_.RenewCopies();
  copies_.Renew();
}

at::Tensor Generator::Transform(const PackedTokens& tokens, const at::Tensor& masked,
                                bool train) const {
  const at::Tensor hidden = encoder_.Forward(tokens, train, masked);  // [masked, hidden]
  // transformers fixes this activation to gelu, whatever hidden_act says.
  const at::Tensor transformed = Gelu(dense_(hidden));
  return norm_(transformed.to(encoder_.options().weight_type));
}

at::Tensor Generator::Forward(const PackedTokens& tokens, const at::Tensor& masked,
                              bool train) const {
  return output_(Transform(tokens, masked, train).to(encoder_.options().product_type()));
}

MaskedHeadResult Generator::Predict(const PackedTokens& tokens, const at::Tensor& masked,
                                    const at::Tensor& labels,
                                    const MaskedHeadOptions& options) const {
  const at::Tensor transformed =
      Transform(tokens, masked, options.wants_gradient).to(encoder_.options().product_type());
  MaskedHeadResult result = RunMaskedHead(transformed.detach(), output_, labels, options);
  if (transformed.requires_grad()) transformed.backward(result.gradient);
  return result;
}

std::vector<NamedParameter> Generator::Parameters() const {
  std::vector<NamedParameter> parameters;
  encoder_.AppendParameters(&parameters);
  AppendLinear("generator_predictions.dense", dense_, &parameters);
  AppendNorm("generator_predictions.LayerNorm", norm_, &parameters);
  if (!encoder_.config().tie_word_embeddings) {
    parameters.push_back({"generator_lm_head.weight", output_.weight});
  }
  parameters.push_back({"generator_lm_head.bias", output_.bias});
  return parameters;
}

Discriminator::Discriminator(const ElectraConfig& config, const NetworkOptions& options)
    : encoder_(config, options), copies_(options.product_type()) {
  const Initializer init(config, options, copies_);
  dense_ = init.MakeLinear(config.hidden_size, config.hidden_size);
  prediction_ = init.MakeLinear(config.hidden_size, 1);
}

void Discriminator::RenewCopies() const {
  encoder_.RenewCopies();
  copies_.Renew();
}

at::Tensor Discriminator::Forward(const PackedTokens& tokens, bool train) const {
  const at::Tensor hidden = encoder_.Forward(tokens, train);
  const at::Tensor transformed = Activate(encoder_.config().hidden_act, dense_(hidden));
  return prediction_(transformed).squeeze(-1).to(at::kFloat);
}

std::vector<NamedParameter> Discriminator::Parameters() const {
  std::vector<NamedParameter> parameters;
  encoder_.AppendParameters(&parameters);
  AppendLinear("discriminator_predictions.dense", dense_, &parameters);
  AppendLinear("discriminator_predictions.dense_prediction", prediction_, &parameters);
  return parameters;
}

namespace {

// Dropout of a few rows. libtorch's own draws from the generator of the whole process.
at::Tensor Dropped(const at::Tensor& input, double probability) {
  if (probability <= 0) return input;
  const at::Tensor kept =
      at::empty_like(input.detach()).bernoulli_(1 - probability, GeneratorOf(input.device()));
  return input * (kept / (1 - probability));
}

}  // namespace

SequenceClassifier::SequenceClassifier(const ElectraConfig& config, int64_t classes,
                                       const NetworkOptions& options)
    : encoder_(config, options), copies_(options.product_type()) {
  const Initializer init(config, options, copies_);
  dense_ = init.MakeLinear(config.hidden_size, config.hidden_size);
  out_ = init.MakeLinear(config.hidden_size, classes);
}

void SequenceClassifier::RenewCopies() const {
  encoder_.RenewCopies();
  copies_.Renew();
}

at::Tensor SequenceClassifier::Forward(const PackedTokens& tokens, const at::Tensor& first,
                                       bool train) const {
  const double dropout = train ? encoder_.config().hidden_dropout_prob : 0.0;
  const at::Tensor hidden = encoder_.Forward(tokens, train, first);  // [sequences, hidden]
  // transformers fixes this activation to gelu, whatever hidden_act says.
  const at::Tensor inner = Gelu(dense_(Dropped(hidden, dropout)));
  return out_(Dropped(inner, dropout)).to(at::kFloat);
}

std::vector<NamedParameter> SequenceClassifier::Parameters() const {
  std::vector<NamedParameter> parameters;
  encoder_.AppendParameters(&parameters);
  AppendLinear("classifier.dense", dense_, &parameters);
  AppendLinear("classifier.out_proj", out_, &parameters);
  return parameters;
}

}  // namespace electra
