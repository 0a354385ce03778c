#include "core/session/parameter_treatment.h"

#include <charconv>
#include <cmath>

namespace electra {
namespace {

constexpr std::string_view kEmbeddings = "electra.embeddings";  // embeddings_project too
constexpr std::string_view kLayer = "electra.encoder.layer.";

// 0 for the embeddings, 1 + i for encoder layer i, 1 + num_hidden_layers for the head.
int64_t DepthOf(std::string_view name, int64_t num_hidden_layers) {
  if (name.starts_with(kEmbeddings)) return 0;
  if (!name.starts_with(kLayer)) return num_hidden_layers + 1;
  int64_t layer = 0;
  std::from_chars(name.data() + kLayer.size(), name.data() + name.size(), layer);
  return layer + 1;
}

}  // namespace

ParameterTreatment TreatmentOf(std::string_view name, int64_t num_hidden_layers,
                               const Hyperparameters& hyperparameters) {
  const int64_t depth = DepthOf(name, num_hidden_layers);
  const bool is_layer = depth >= 1 && depth <= num_hidden_layers;
  return {.frozen = depth == 0 ? hyperparameters.freeze_embeddings
                               : is_layer && depth <= hyperparameters.freeze_layers,
          .decays = !name.ends_with(".bias") && name.find("LayerNorm") == std::string_view::npos,
          .learning_rate_scale = std::pow(hyperparameters.layerwise_lr_decay,
                                          static_cast<double>(num_hidden_layers + 1 - depth))};
}

}  // namespace electra
