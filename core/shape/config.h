// Shapes and constants of one ELECTRA network, under Hugging Face's names (config.json of
// `ElectraConfig` in transformers). A model is a pair of networks: a generator (masked language
// model) and a discriminator (replaced-token detection).
//
// Plain data, free of libtorch, so that everything outside the engine can speak of models.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace electra {

// `hidden_act` of config.json. gelu is the exact one (erf), gelu_new the tanh approximation.
enum class Activation { kGelu, kGeluNew, kRelu, kSilu, kTanh };

// The defaults are ElectraConfig's.
struct ElectraConfig {
  int64_t vocab_size = 30522;
  int64_t embedding_size = 128;  // when != hidden_size, `embeddings_project` maps to hidden_size
  int64_t hidden_size = 256;
  int64_t num_hidden_layers = 12;
  int64_t num_attention_heads = 4;  // divides hidden_size
  int64_t intermediate_size = 1024;
  Activation hidden_act = Activation::kGelu;
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  int64_t max_position_embeddings = 512;
  int64_t type_vocab_size = 2;
  double initializer_range = 0.02;
  double layer_norm_eps = 1e-12;
  int64_t pad_token_id = 0;
  bool tie_word_embeddings = true;  // generator head's output matrix is its word embedding

  friend bool operator==(const ElectraConfig&, const ElectraConfig&) = default;
};

// Generator and discriminator that train together. Both have the same vocabulary.
struct ModelConfig {
  ElectraConfig generator;
  ElectraConfig discriminator;

  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

// The name in config.json ("gelu", "gelu_new", "relu", "silu", "tanh").
std::string_view ActivationName(Activation activation);

// False when `name` is none of them. "swish" is silu, "gelu_pytorch_tanh" is gelu_new's formula.
bool ParseActivation(std::string_view name, Activation* activation);

// A new generator for a discriminator, as the ELECTRA paper scales it (Clark et al. 2020, section
// 3.2): `size` times its attention heads (at least one, each as wide) and its feed-forward layer;
// the same embeddings and depth.
ElectraConfig ScaledGenerator(const ElectraConfig& discriminator, double size);

}  // namespace electra
