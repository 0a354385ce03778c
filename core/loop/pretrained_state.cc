#include "core/loop/pretrained_state.h"

#include <map>
#include <span>
#include <string_view>

#include "core/base/status_macros.h"
#include "core/hub/tensor_names.h"

namespace electra {
namespace {

constexpr std::string_view kEmbeddings = "electra.embeddings.";

// Overwrites the arrays of the names that `weights` has.
absl::Status Overwrite(const std::map<std::string, Tensor>& weights, const StopSignal& stop,
                       std::vector<NamedArray>* arrays) {
  for (NamedArray& array : *arrays) {
    if (stop.requested()) return StoppedWhileReading();
    const auto weight = weights.find(array.name);
    if (weight == weights.end()) continue;
    RETURN_IF_ERROR(ToFloat32(weight->second.view, std::span<float>(array.values)));
  }
  return absl::OkStatus();
}

std::map<std::string, Tensor> EmbeddingsOf(const std::map<std::string, Tensor>& weights) {
  std::map<std::string, Tensor> embeddings;
  for (const auto& [name, tensor] : weights) {
    if (name.starts_with(kEmbeddings)) embeddings.emplace(name, tensor);
  }
  return embeddings;
}

const NamedArray* Find(const std::vector<NamedArray>& arrays, std::string_view name) {
  for (const NamedArray& array : arrays) {
    if (array.name == name) return &array;
  }
  return nullptr;
}

// What both networks are to share but what they came with differently.
void NoteDifferentEmbeddings(const SessionState& state, SharedEmbeddings shared,
                             std::vector<Message>* notes) {
  if (shared == SharedEmbeddings::kNone) return;
  for (const NamedArray& array : state.discriminator) {
    const bool is_shared = shared == SharedEmbeddings::kAll ? array.name.starts_with(kEmbeddings)
                                                            : array.name == kWordEmbeddings;
    const NamedArray* other = is_shared ? Find(state.generator, array.name) : nullptr;
    if (other == nullptr || other->shape != array.shape || other->values == array.values) continue;
    notes->push_back(Message("SHARED_EMBEDDINGS_DIFFER",
                             "{tensor} differs between generator and discriminator, which share "
                             "it: the discriminator's is used; shared_embeddings=none keeps both",
                             array.name));
  }
}

}  // namespace

absl::Status StoppedWhileReading() {
  return CancelledError("STOPPED_WHILE_READING", "stopped while the model was read");
}

ModelConfig PretrainedConfig(const PretrainedPair& pair, const Hyperparameters& hyperparameters) {
  ModelConfig model;
  model.discriminator = pair.discriminator.config;
  model.generator = pair.generator
                        ? pair.generator->config
                        : ScaledGenerator(model.discriminator, hyperparameters.generator_size);
  return model;
}

absl::Status ApplyPretrained(const PretrainedPair& pair, SharedEmbeddings shared,
                             const StopSignal& stop, SessionState* state,
                             std::vector<Message>* notes) {
  notes->insert(notes->end(), pair.notes.begin(), pair.notes.end());
  RETURN_IF_ERROR(Overwrite(pair.discriminator.weights, stop, &state->discriminator));
  if (!pair.generator) {
    notes->push_back(Message("NEW_GENERATOR",
                             "the model was imported without a generator: a new one starts with "
                             "random weights, its embeddings are the discriminator's"));
    return Overwrite(EmbeddingsOf(pair.discriminator.weights), stop, &state->generator);
  }
  RETURN_IF_ERROR(Overwrite(pair.generator->weights, stop, &state->generator));
  NoteDifferentEmbeddings(*state, shared, notes);
  return absl::OkStatus();
}

}  // namespace electra
