#include "core/shape/presets.h"

namespace electra {
namespace {

struct Shape {
  int64_t hidden_size;
  int64_t num_hidden_layers;
  int64_t num_attention_heads;
  int64_t intermediate_size;
};

ElectraConfig NetworkConfig(int64_t embedding_size, const Shape& shape) {
  ElectraConfig config;
  config.vocab_size = 35000;  // KoELECTRA v3's; replaced by the job's
  config.embedding_size = embedding_size;
  config.hidden_size = shape.hidden_size;
  config.num_hidden_layers = shape.num_hidden_layers;
  config.num_attention_heads = shape.num_attention_heads;
  config.intermediate_size = shape.intermediate_size;
  return config;
}

ModelConfig PairConfig(int64_t embedding_size, const Shape& generator, const Shape& discriminator) {
  return {.generator = NetworkConfig(embedding_size, generator),
          .discriminator = NetworkConfig(embedding_size, discriminator)};
}

int64_t EmbeddingParameters(const ElectraConfig& config) {
  const int64_t rows = config.max_position_embeddings + config.type_vocab_size;
  int64_t count = (rows + 2) * config.embedding_size;  // + LayerNorm
  if (config.embedding_size != config.hidden_size) {
    count += (config.embedding_size + 1) * config.hidden_size;
  }
  return count;
}

int64_t EncoderParameters(const ElectraConfig& config) {
  const int64_t hidden = config.hidden_size;
  const int64_t attention = 4 * (hidden + 1) * hidden + 2 * hidden;
  const int64_t feed_forward = (hidden + 1) * config.intermediate_size +
                               (config.intermediate_size + 1) * hidden + 2 * hidden;
  return config.num_hidden_layers * (attention + feed_forward);
}

}  // namespace

std::span<const ModelPreset> ModelPresets() {
  static const ModelPreset kPresets[] = {
      {"tiny", "for trying out: learns something within a minute on a processor", 5e-4,
       PairConfig(128, {64, 2, 1, 256}, {128, 2, 2, 512})},
      {"small", "shapes of KoELECTRA-small v3", 5e-4,
       PairConfig(128, {256, 12, 4, 1024}, {256, 12, 4, 1024})},
      {"base", "shapes of KoELECTRA-base v3", 2e-4,
       PairConfig(768, {256, 12, 4, 1024}, {768, 12, 12, 3072})},
      {"large", "shapes of google/electra-large", 2e-4,
       PairConfig(1024, {256, 24, 4, 1024}, {1024, 24, 16, 4096})},
  };
  return kPresets;
}

const ModelPreset* FindModelPreset(std::string_view name) {
  for (const ModelPreset& preset : ModelPresets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

double AdaptationLearningRate(const ElectraConfig& discriminator) {
  constexpr int64_t kWidestSmall = 256;  // hidden_size of the ELECTRA paper's small model
  return discriminator.hidden_size <= kWidestSmall ? 2e-4 : 5e-5;
}

bool EmbeddingsCanBeShared(const ModelConfig& config) {
  return config.generator.embedding_size == config.discriminator.embedding_size &&
         config.generator.vocab_size == config.discriminator.vocab_size;
}

int64_t ParameterCount(const ModelConfig& config) {
  const ElectraConfig& generator = config.generator;
  const ElectraConfig& discriminator = config.discriminator;
  const int64_t word_embeddings = generator.vocab_size * generator.embedding_size;
  int64_t count = word_embeddings;
  if (!EmbeddingsCanBeShared(config)) {
    count += discriminator.vocab_size * discriminator.embedding_size;
  }
  count += EmbeddingParameters(generator) + EncoderParameters(generator);
  count += EmbeddingParameters(discriminator) + EncoderParameters(discriminator);
  // Generator head: dense to the embedding size, LayerNorm, output bias (its matrix is tied).
  count += (generator.hidden_size + 1) * generator.embedding_size + 2 * generator.embedding_size +
           generator.vocab_size;
  if (!generator.tie_word_embeddings) count += word_embeddings;
  // Discriminator head: dense, then one logit a token.
  count += (discriminator.hidden_size + 1) * discriminator.hidden_size;
  count += discriminator.hidden_size + 1;
  return count;
}

}  // namespace electra
