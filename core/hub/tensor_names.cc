#include "core/hub/tensor_names.h"

namespace electra {
namespace {

using Shapes = std::map<std::string, std::vector<int64_t>>;

void AddLinear(const std::string& name, int64_t outputs, int64_t inputs, Shapes* shapes) {
  shapes->emplace(name + ".weight", std::vector<int64_t>{outputs, inputs});
  shapes->emplace(name + ".bias", std::vector<int64_t>{outputs});
}

void AddLayerNorm(const std::string& name, int64_t size, Shapes* shapes) {
  shapes->emplace(name + ".weight", std::vector<int64_t>{size});
  shapes->emplace(name + ".bias", std::vector<int64_t>{size});
}

void AddEmbeddings(const ElectraConfig& config, Shapes* shapes) {
  const std::string prefix = "electra.embeddings.";
  const int64_t size = config.embedding_size;
  shapes->emplace(kWordEmbeddings, std::vector<int64_t>{config.vocab_size, size});
  shapes->emplace(prefix + "position_embeddings.weight",
                  std::vector<int64_t>{config.max_position_embeddings, size});
  shapes->emplace(prefix + "token_type_embeddings.weight",
                  std::vector<int64_t>{config.type_vocab_size, size});
  AddLayerNorm(prefix + "LayerNorm", size, shapes);
  if (size != config.hidden_size) {
    AddLinear("electra.embeddings_project", config.hidden_size, size, shapes);
  }
}

void AddLayer(const ElectraConfig& config, int64_t index, Shapes* shapes) {
  const std::string prefix = "electra.encoder.layer." + std::to_string(index) + ".";
  const int64_t hidden = config.hidden_size;
  for (const char* part : {"query", "key", "value"}) {
    AddLinear(prefix + "attention.self." + part, hidden, hidden, shapes);
  }
  AddLinear(prefix + "attention.output.dense", hidden, hidden, shapes);
  AddLayerNorm(prefix + "attention.output.LayerNorm", hidden, shapes);
  AddLinear(prefix + "intermediate.dense", config.intermediate_size, hidden, shapes);
  AddLinear(prefix + "output.dense", hidden, config.intermediate_size, shapes);
  AddLayerNorm(prefix + "output.LayerNorm", hidden, shapes);
}

void ReplaceEnd(std::string_view end, std::string_view replacement, std::string* name) {
  if (!name->ends_with(end)) return;
  name->resize(name->size() - end.size());
  name->append(replacement);
}

}  // namespace

std::map<std::string, std::vector<int64_t>> ExpectedTensors(const ElectraConfig& config,
                                                            Role role) {
  Shapes shapes;
  AddEmbeddings(config, &shapes);
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) AddLayer(config, i, &shapes);
  if (role == Role::kDiscriminator) {
    AddLinear("discriminator_predictions.dense", config.hidden_size, config.hidden_size, &shapes);
    AddLinear("discriminator_predictions.dense_prediction", 1, config.hidden_size, &shapes);
    return shapes;
  }
  AddLinear("generator_predictions.dense", config.embedding_size, config.hidden_size, &shapes);
  AddLayerNorm("generator_predictions.LayerNorm", config.embedding_size, &shapes);
  AddLinear("generator_lm_head", config.vocab_size, config.embedding_size, &shapes);
  if (config.tie_word_embeddings) shapes.erase(std::string(kLmHeadWeight));
  return shapes;
}

std::optional<std::string> CanonicalTensorName(std::string_view name) {
  std::string canonical(name);
  for (std::string_view base : {"embeddings.", "embeddings_project.", "encoder."}) {
    if (name.starts_with(base)) {
      canonical.insert(0, "electra.");
      break;
    }
  }
  if (canonical == "electra.embeddings.position_ids" ||
      canonical == "electra.embeddings.token_type_ids") {
    return std::nullopt;
  }
  if (canonical == "generator_predictions.bias" ||
      canonical == "generator_predictions.output_bias") {
    return "generator_lm_head.bias";
  }
  ReplaceEnd("LayerNorm.gamma", "LayerNorm.weight", &canonical);
  ReplaceEnd("LayerNorm.beta", "LayerNorm.bias", &canonical);
  return canonical;
}

}  // namespace electra
