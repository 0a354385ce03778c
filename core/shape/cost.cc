#include "core/shape/cost.h"

#include <algorithm>

#include "core/shape/presets.h"

namespace electra {
namespace {

// The daemon with libtorch, once it has counted a text: seen on two cores of x86-64.
constexpr double kProgramBytes = 170e6;

// The cost of one token through one encoder, forward.
double EncoderFlops(const ElectraConfig& config, double mean_length) {
  const auto hidden = static_cast<double>(config.hidden_size);
  const auto layers = static_cast<double>(config.num_hidden_layers);
  const double projection = config.embedding_size == config.hidden_size
                                ? 0
                                : 2 * static_cast<double>(config.embedding_size) * hidden;
  const double attention = 4 * mean_length * hidden;
  const double products =
      2 * (4 * hidden * hidden + 2 * hidden * static_cast<double>(config.intermediate_size));
  return projection + layers * (products + attention);
}

// Numbers that one encoder keeps of one token for the backward pass: the inputs of a layer's
// products and norms, and its attention's probabilities.
double EncoderActivations(const ElectraConfig& config, const CostOptions& options) {
  const auto hidden = static_cast<double>(config.hidden_size);
  const auto layers = static_cast<double>(config.num_hidden_layers);
  const double layer = 10 * hidden + 2 * static_cast<double>(config.intermediate_size) +
                       static_cast<double>(config.num_attention_heads) * options.mean_length;
  // A recomputed layer keeps its input, and one layer at a time keeps everything.
  return options.recomputes ? layers * hidden + layer : layers * layer;
}

double Parameters(const ModelConfig& model, const CostOptions& options) {
  const bool adds_table = options.has_two_tables && EmbeddingsCanBeShared(model);
  const int64_t table = model.discriminator.vocab_size * model.discriminator.embedding_size;
  return static_cast<double>(ParameterCount(model) + (adds_table ? table : 0));
}

}  // namespace

double TrainingFlopsPerToken(const ModelConfig& model, const CostOptions& options) {
  const ElectraConfig& generator = model.generator;
  const auto discriminator_hidden = static_cast<double>(model.discriminator.hidden_size);
  double forward = EncoderFlops(generator, options.mean_length) +
                   EncoderFlops(model.discriminator, options.mean_length);
  forward += 2 * options.mlm_probability * static_cast<double>(generator.embedding_size) *
             static_cast<double>(generator.hidden_size + generator.vocab_size);
  forward += 2 * discriminator_hidden * (discriminator_hidden + 1);
  // A backward pass has two products for each of the forward.
  return (options.recomputes ? 4 : 3) * forward;
}

double TrainingMemoryBytes(const ModelConfig& model, const CostOptions& options) {
  // float32: weight, gradient, two moments, and the average; a copy of the weights in 16 bits.
  const double a_parameter =
      16 + (options.keeps_average ? 4 : 0) + (options.half_precision ? 2 : 0);
  const double a_number = options.half_precision ? 2 : 4;
  const double tokens = options.batch_size * options.mean_length;
  const double masked =
      std::min(options.mlm_probability * tokens, static_cast<double>(options.logit_rows));
  // The generator's backward pass is over before the discriminator begins. Its logits and the
  // values made of them exist together.
  const double generator = a_number * tokens * EncoderActivations(model.generator, options) +
                           8 * masked * static_cast<double>(model.generator.vocab_size);
  const double discriminator = a_number * tokens * EncoderActivations(model.discriminator, options);
  return a_parameter * Parameters(model, options) + std::max(generator, discriminator);
}

double ProcessMemoryBytes(const ModelConfig& model, const CostOptions& options) {
  // float32: both networks, each with the word embeddings, and two moments; with an average, also
  // the weights that it is made from.
  const double copy =
      (options.keeps_average ? 16 : 12) * Parameters(model, options) +
      (EmbeddingsCanBeShared(model)
           ? 4 * static_cast<double>(model.generator.vocab_size * model.generator.embedding_size)
           : 0);
  return kProgramBytes + TrainingMemoryBytes(model, options) + copy;
}

}  // namespace electra
