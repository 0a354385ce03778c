#include "core/loop/pretrained_state.h"

#include <map>
#include <span>
#include <string_view>

#include "core/base/status_macros.h"
#include "core/hub/tensor_names.h"

namespace electra {
namespace {

constexpr std::string_view kEmbeddings = "electra.embeddings.";

// With a row for each token.
bool IsOfVocabulary(std::string_view name) {
  return name == kWordEmbeddings || name == kLmHeadWeight || name == kLmHeadBias;
}

// As many values as the model has, where the job has more tokens.
std::span<float> ValuesOf(const TensorView& view, NamedArray* array) {
  const std::span<float> values(array->values);
  const auto rows = view.shape.empty() ? 0 : view.shape.front();
  if (!IsOfVocabulary(array->name) || rows >= array->shape.front()) return values;
  return values.first(values.size() / static_cast<size_t>(array->shape.front()) *
                      static_cast<size_t>(rows));
}

void AppendRows(const AppendedTokens& appended, NamedArray* array) {
  const size_t width = array->values.size() / static_cast<size_t>(array->shape.front());
  for (size_t i = 0; i < appended.pieces.size(); ++i) {
    const std::vector<int32_t>& pieces = appended.pieces[i];
    float* const row = array->values.data() + (static_cast<size_t>(appended.first) + i) * width;
    for (size_t column = 0; column < width; ++column) {
      double sum = 0;
      for (const int32_t piece : pieces) {
        sum += array->values[static_cast<size_t>(piece) * width + column];
      }
      row[column] = static_cast<float>(sum / static_cast<double>(pieces.size()));
    }
  }
}

// Overwrites the arrays of the names that `weights` has.
absl::Status Overwrite(const std::map<std::string, Tensor>& weights, const AppendedTokens& appended,
                       const StopSignal& stop, std::vector<NamedArray>* arrays) {
  for (NamedArray& array : *arrays) {
    if (stop.requested()) return StoppedWhileReading();
    const auto weight = weights.find(array.name);
    if (weight == weights.end()) continue;
    const TensorView& view = weight->second.view;
    RETURN_IF_ERROR(ToFloat32(view, ValuesOf(view, &array)));
    if (IsOfVocabulary(array.name)) AppendRows(appended, &array);
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

// Notes embeddings that both networks share but that differ in the pair.
void NoteDifferentEmbeddings(const SessionState& state, SharedEmbeddings shared,
                             std::vector<Message>* notes) {
  if (shared == SharedEmbeddings::kNone || shared == SharedEmbeddings::kGdes) return;
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

absl::Status NothingToExtend(std::string_view model) {
  return InvalidArgumentError(
      "NOTHING_TO_EXTEND",
      "vocab_extend appends to the vocabulary of a model that was trained before, but {model} is a "
      "preset, which begins with a vocabulary of its own: use vocab_size",
      model);
}

absl::Status ApplyPretrained(const PretrainedPair& pair, SharedEmbeddings shared,
                             const AppendedTokens& appended, const StopSignal& stop,
                             SessionState* state, std::vector<Message>* notes) {
  notes->insert(notes->end(), pair.notes.begin(), pair.notes.end());
  RETURN_IF_ERROR(Overwrite(pair.discriminator.weights, appended, stop, &state->discriminator));
  if (!pair.generator) {
    notes->push_back(Message("NEW_GENERATOR",
                             "the model was imported without a generator: a new one starts with "
                             "random weights, its embeddings are the discriminator's"));
    return Overwrite(EmbeddingsOf(pair.discriminator.weights), appended, stop, &state->generator);
  }
  RETURN_IF_ERROR(Overwrite(pair.generator->weights, appended, stop, &state->generator));
  NoteDifferentEmbeddings(*state, shared, notes);
  return absl::OkStatus();
}

}  // namespace electra
