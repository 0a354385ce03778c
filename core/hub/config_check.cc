#include "core/hub/config_check.h"

#include <string_view>
#include <utility>

#include "core/base/message.h"

namespace electra {
namespace {

// Far above any published model; keeps products of shapes within 64 bits.
constexpr int64_t kMaxDimension = int64_t{1} << 24;

}  // namespace

absl::Status CheckConfigFits(const ElectraConfig& config) {
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
      return InvalidArgumentError("CONFIG_DIMENSION",
                                  "{field} is {value}: it must be from 1 to {most}", name, value,
                                  kMaxDimension);
    }
  }
  if (config.hidden_size % config.num_attention_heads != 0) {
    return InvalidArgumentError(
        "CONFIG_HIDDEN_SIZE",
        "hidden_size is {size}: it must be a multiple of num_attention_heads, {heads}",
        config.hidden_size, config.num_attention_heads);
  }
  if (config.pad_token_id < 0 || config.pad_token_id >= config.vocab_size) {
    return InvalidArgumentError("CONFIG_PAD_TOKEN",
                                "pad_token_id is {id}: it must be an id below vocab_size, {size}",
                                config.pad_token_id, config.vocab_size);
  }
  const std::pair<std::string_view, double> probabilities[] = {
      {"hidden_dropout_prob", config.hidden_dropout_prob},
      {"attention_probs_dropout_prob", config.attention_probs_dropout_prob},
  };
  for (const auto& [name, value] : probabilities) {
    if (!(value >= 0 && value < 1)) {
      return InvalidArgumentError("CONFIG_PROBABILITY",
                                  "{field} is {value}: it must be at least 0 and below 1", name,
                                  value);
    }
  }
  if (!(config.layer_norm_eps > 0 && config.layer_norm_eps < 1)) {
    return InvalidArgumentError("CONFIG_EPSILON",
                                "layer_norm_eps is {value}: it must be above 0 and below 1",
                                config.layer_norm_eps);
  }
  return absl::OkStatus();
}

}  // namespace electra
