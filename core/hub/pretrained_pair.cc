#include "core/hub/pretrained_pair.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "core/base/status_macros.h"
#include "core/hub/tensor_names.h"

namespace electra {
namespace {

absl::Status CheckSameVocabulary(const Vocabulary& generator, const Vocabulary& discriminator) {
  if (generator.size() != discriminator.size()) {
    return InvalidArgumentError(
        "VOCABULARY_SIZES_DIFFER",
        "generator and discriminator have different vocabularies: the generator's has {generator} "
        "tokens, the discriminator's {discriminator}",
        generator.size(), discriminator.size());
  }
  for (int32_t id = 0; id < generator.size(); ++id) {
    if (generator.Token(id) == discriminator.Token(id)) continue;
    return InvalidArgumentError(
        "VOCABULARIES_DIFFER",
        "generator and discriminator have different vocabularies: token {id} is \"{generator}\" in "
        "the generator's and \"{discriminator}\" in the discriminator's",
        id, absl::Utf8SafeCEscape(generator.Token(id)),
        absl::Utf8SafeCEscape(discriminator.Token(id)));
  }
  return absl::OkStatus();
}

absl::Status CheckSameTokenizer(const TokenizerOptions& generator,
                                const TokenizerOptions& discriminator) {
  const std::tuple<const char*, int, int> options[] = {
      {"do_lower_case", generator.do_lower_case, discriminator.do_lower_case},
      {"strip_accents", generator.StripsAccents(), discriminator.StripsAccents()},
      {"tokenize_chinese_chars", generator.tokenize_chinese_chars,
       discriminator.tokenize_chinese_chars},
      {"clean_text", generator.clean_text, discriminator.clean_text},
      {"max_input_chars_per_word", generator.max_word_characters,
       discriminator.max_word_characters},
  };
  for (const auto& [name, of_generator, of_discriminator] : options) {
    if (of_generator == of_discriminator) continue;
    return InvalidArgumentError(
        "TOKENIZERS_DIFFER",
        "generator and discriminator tokenize differently: {field} is {generator} in the "
        "generator's files and {discriminator} in the discriminator's",
        name, of_generator, of_discriminator);
  }
  return absl::OkStatus();
}

absl::Status CheckFit(const PretrainedNetwork& generator, const PretrainedNetwork& discriminator) {
  if (generator.tokenizer && discriminator.tokenizer) {
    RETURN_IF_ERROR(
        CheckSameVocabulary(generator.tokenizer->vocabulary, discriminator.tokenizer->vocabulary));
    RETURN_IF_ERROR(
        CheckSameTokenizer(generator.tokenizer->options, discriminator.tokenizer->options));
  }
  if (generator.config.vocab_size == discriminator.config.vocab_size) return absl::OkStatus();
  const auto shape = [](const ElectraConfig& config) {
    return ShapeString(std::array{config.vocab_size, config.embedding_size});
  };
  return InvalidArgumentError(
      "WORD_EMBEDDINGS_DIFFER",
      "{tensor} is {generator} in the generator and {discriminator} in the discriminator: both "
      "need the same vocabulary",
      kWordEmbeddings, shape(generator.config), shape(discriminator.config));
}

void AddNotes(Role role, const std::vector<Message>& from, std::vector<Message>* to) {
  for (const Message& note : from) to->push_back(Within(NetworkName(role), note));
}

// The indices of an element: "[3, 17]".
std::string PlaceOf(int64_t element, std::span<const int64_t> shape) {
  std::vector<int64_t> indices(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    indices[i] = element % shape[i];
    element /= shape[i];
  }
  return ShapeString(indices);
}

// "nan", "inf" and "-inf" are not numbers to train on.
absl::Status CheckFinite(Role role, const PretrainedNetwork& weights) {
  for (const auto& [name, tensor] : weights.weights) {
    const TensorView& view = tensor.view;
    const std::optional<int64_t> found = FindNonFinite(view);
    if (!found) continue;
    const auto size = static_cast<size_t>(DTypeSize(view.dtype));
    float value = 0;
    RETURN_IF_ERROR(ToFloat32({.dtype = view.dtype,
                               .shape = {},
                               .data = view.data.subspan(static_cast<size_t>(*found) * size, size)},
                              std::span(&value, 1)));
    return Within(NetworkName(role),
                  InvalidArgumentError(
                      "WEIGHT_NOT_FINITE",
                      "tensor {tensor} holds {value} at {place}; weights must be finite numbers",
                      name, value, PlaceOf(*found, view.shape)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PretrainedPair> LoadPretrainedPair(const std::string& directory) {
  PretrainedPair pair;
  if (const std::string generator = directory + "/generator"; std::filesystem::exists(generator)) {
    ASSIGN_OR_RETURN(pair.generator, LoadPretrained(generator, Role::kGenerator));
    AddNotes(Role::kGenerator, pair.generator->notes, &pair.notes);
  }
  ASSIGN_OR_RETURN(pair.discriminator,
                   LoadPretrained(directory + "/discriminator", Role::kDiscriminator));
  AddNotes(Role::kDiscriminator, pair.discriminator.notes, &pair.notes);
  if (pair.generator) RETURN_IF_ERROR(CheckFit(*pair.generator, pair.discriminator));

  pair.tokenizer = std::exchange(pair.discriminator.tokenizer, std::nullopt);
  if (pair.tokenizer || !pair.generator) return pair;
  pair.tokenizer = std::exchange(pair.generator->tokenizer, std::nullopt);
  return pair;
}

absl::Status CheckFinite(const PretrainedPair& pair) {
  if (pair.generator) RETURN_IF_ERROR(CheckFinite(Role::kGenerator, *pair.generator));
  return CheckFinite(Role::kDiscriminator, pair.discriminator);
}

int64_t MaxPositions(const PretrainedPair& pair) {
  const int64_t discriminator = pair.discriminator.config.max_position_embeddings;
  if (!pair.generator) return discriminator;
  return std::min(discriminator, pair.generator->config.max_position_embeddings);
}

}  // namespace electra
