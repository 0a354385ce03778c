// The tensors of an ELECTRA network under Hugging Face's state-dict names. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hub/config_json.h"
#include "core/shape/config.h"

namespace electra {

inline constexpr std::string_view kWordEmbeddings = "electra.embeddings.word_embeddings.weight";
inline constexpr std::string_view kEmbeddingsProject = "electra.embeddings_project.";
inline constexpr std::string_view kLmHeadWeight = "generator_lm_head.weight";
inline constexpr std::string_view kLmHeadBias = "generator_lm_head.bias";
inline constexpr std::string_view kGeneratorHead = "generator_predictions.";
inline constexpr std::string_view kDiscriminatorHead = "discriminator_predictions.";

// Name -> shape of every tensor that a file of the network holds. A generator's output matrix is
// among them only where it is not tied to the word embeddings. `config` must fit (CheckConfigFits).
std::map<std::string, std::vector<int64_t>> ExpectedTensors(const ElectraConfig& config, Role role);

// Today's name for an old one: gamma and beta of LayerNorm, a missing `electra.` prefix,
// `generator_predictions.bias`. nullopt for buffers that are not weights (position_ids,
// token_type_ids). Other names are returned unchanged.
std::optional<std::string> CanonicalTensorName(std::string_view name);

}  // namespace electra
