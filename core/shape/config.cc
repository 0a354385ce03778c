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
