#include "core/shape/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace electra {
namespace {

struct NamedActivation {
  std::string_view name;
  Activation activation;
};

// The first name of each activation is the one that is written.
constexpr std::array<NamedActivation, 7> kActivations = {{
    {"gelu", Activation::kGelu},
    {"gelu_new", Activation::kGeluNew},
    {"gelu_pytorch_tanh", Activation::kGeluNew},
    {"relu", Activation::kRelu},
    {"silu", Activation::kSilu},
    {"swish", Activation::kSilu},
    {"tanh", Activation::kTanh},
}};

// Far above any published model; keeps products of shapes within 64 bits.
constexpr int64_t kMaxDimension = int64_t{1} << 24;

}  // namespace

std::string_view ActivationName(Activation activation) {
  for (const NamedActivation& entry : kActivations) {
    if (entry.activation == activation) return entry.name;
  }
  return "";
}

bool ParseActivation(std::string_view name, Activation* activation) {
  for (const NamedActivation& entry : kActivations) {
    if (entry.name == name) {
      *activation = entry.activation;
      return true;
    }
  }
  return false;
}

std::string ConfigProblem(const ElectraConfig& config) {
  const std::pair<std::string_view, int64_t> dimensions[] = {
      {"vocab_size", config.vocab_size},
      {"embedding_size", config.embedding_size},
      {"hidden_size", config.hidden_size},
      {"num_hidden_layers", config.num_hidden_layers},
      {"num_attention_heads", config.num_attention_heads},
      {"intermediate_size", config.intermediate_size},
      {"max_position_embeddings", config.max_position_embeddings},
      {"type_vocab_size", config.type_vocab_size},
  };
  for (const auto& [name, value] : dimensions) {
    if (value < 1 || value > kMaxDimension) {
      return std::string(name) + " is " + std::to_string(value) + ": it must be from 1 to " +
             std::to_string(kMaxDimension);
    }
  }
  if (config.hidden_size % config.num_attention_heads != 0) {
    return "hidden_size is " + std::to_string(config.hidden_size) +
           ": it must be a multiple of num_attention_heads, " +
           std::to_string(config.num_attention_heads);
  }
  if (config.pad_token_id < 0 || config.pad_token_id >= config.vocab_size) {
    return "pad_token_id is " + std::to_string(config.pad_token_id) +
           ": it must be an id below vocab_size, " + std::to_string(config.vocab_size);
  }
  const std::pair<std::string_view, double> probabilities[] = {
      {"hidden_dropout_prob", config.hidden_dropout_prob},
      {"attention_probs_dropout_prob", config.attention_probs_dropout_prob},
  };
  for (const auto& [name, value] : probabilities) {
    if (!(value >= 0 && value < 1)) {
      return std::string(name) + " is " + std::to_string(value) +
             ": it must be at least 0 and below 1";
    }
  }
  if (!(config.layer_norm_eps > 0 && config.layer_norm_eps < 1)) {
    return "layer_norm_eps is " + std::to_string(config.layer_norm_eps) +
           ": it must be above 0 and below 1";
  }
  return "";
}

ElectraConfig ScaledGenerator(const ElectraConfig& discriminator, double size) {
  const auto scaled = [size](int64_t value) {
    return std::max<int64_t>(1, std::llround(static_cast<double>(value) * size));
  };
  ElectraConfig generator = discriminator;
  generator.num_attention_heads = scaled(discriminator.num_attention_heads);
  generator.hidden_size = generator.num_attention_heads *
                          (discriminator.hidden_size / discriminator.num_attention_heads);
  generator.intermediate_size = scaled(discriminator.intermediate_size);
  generator.tie_word_embeddings = true;
  return generator;
}

}  // namespace electra
