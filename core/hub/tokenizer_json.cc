#include "core/hub/tokenizer_json.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"

namespace electra {
namespace {

using nlohmann::json;

constexpr int64_t kMaxHoles = 1024;  // beyond as many as there are tokens

// Fails unless `object[member].type` is `expected`.
absl::Status ExpectType(const json& root, std::string_view member, std::string_view expected,
                        const std::string& path) {
  const json& part = JsonMember(root, member);
  const json& type = JsonMember(part, "type");
  if (type.is_string() && type.get_ref<const std::string&>() == expected) return absl::OkStatus();
  return NotSupported(path, member, type.is_null() ? part : type, expected);
}

}  // namespace

const json& JsonMember(const json& object, std::string_view name) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(std::string(name));
  return found == object.end() ? kNull : *found;
}

absl::Status NotSupported(const std::string& path, std::string_view field, const json& value,
                          std::string_view supported) {
  return Within(path, InvalidArgumentError("TOKENIZER_NOT_SUPPORTED",
                                           "{field} is {value}; only {supported} is supported",
                                           field, JsonExcerpt(value), supported));
}

absl::StatusOr<bool> TakeBool(const json& object, const char* name, const std::string& path,
                              bool* out) {
  if (!object.is_object() || !object.contains(name)) return false;
  const json& value = object[name];
  if (!value.is_boolean()) {
    return Within(path, InvalidArgumentError("TOKENIZER_FIELD_NOT_BOOLEAN",
                                             "{field} is {value}; it must be true or false", name,
                                             JsonExcerpt(value)));
  }
  *out = value.get<bool>();
  return true;
}

absl::StatusOr<bool> TakeStripAccents(const json& object, const std::string& path,
                                      std::optional<bool>* out) {
  if (object.is_object() && object.contains("strip_accents") && object["strip_accents"].is_null()) {
    *out = std::nullopt;
    return true;
  }
  bool value = false;
  ASSIGN_OR_RETURN(bool found, TakeBool(object, "strip_accents", path, &value));
  if (found) *out = value;
  return found;
}

absl::Status CheckTokenizerJson(const json& root, const std::string& path) {
  RETURN_IF_ERROR(ExpectType(root, "normalizer", "BertNormalizer", path));
  RETURN_IF_ERROR(ExpectType(root, "pre_tokenizer", "BertPreTokenizer", path));
  const json& model = JsonMember(root, "model");
  // Files of tokenizers before 0.9 have no type; WordPiece is the one with a maximal word length.
  if (!JsonMember(model, "type").is_null() || !model.contains("max_input_chars_per_word")) {
    RETURN_IF_ERROR(ExpectType(root, "model", "WordPiece", path));
  }
  const std::pair<const char*, const char*> wanted[] = {{"unk_token", "[UNK]"},
                                                        {"continuing_subword_prefix", "##"}};
  for (const auto& [name, value] : wanted) {
    const json& found = JsonMember(model, name);
    if (found != value) {
      return NotSupported(path, absl::StrCat("model.", name), found, Quoted(value));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Vocabulary> VocabularyFromJson(const json& root, const std::string& path) {
  const json& vocab = JsonMember(JsonMember(root, "model"), "vocab");
  if (!vocab.is_object() || vocab.empty()) {
    return Within(path, InvalidArgumentError("TOKENIZER_VOCAB",
                                             "model.vocab is {value}, not an object of tokens and "
                                             "ids",
                                             JsonExcerpt(vocab)));
  }
  const auto limit =
      std::min<int64_t>(Vocabulary::kMaxTokens, 2 * static_cast<int64_t>(vocab.size()) + kMaxHoles);
  std::vector<std::optional<std::string_view>> by_id;
  for (const auto& [token, value] : vocab.items()) {
    const std::optional<int64_t> id = JsonInteger(value);
    if (!id.has_value() || *id < 0 || *id >= limit) {
      return Within(path, InvalidArgumentError(
                              "TOKEN_ID_OUT_OF_RANGE",
                              "token {token} has id {id}; ids of {tokens} tokens must "
                              "be from 0 to {highest}",
                              JsonExcerpt(token), JsonExcerpt(value), vocab.size(), limit - 1));
    }
    const auto index = static_cast<size_t>(*id);
    if (index >= by_id.size()) by_id.resize(index + 1);
    if (by_id[index].has_value()) {
      return Within(path,
                    InvalidArgumentError("TOKEN_ID_TWICE",
                                         "tokens {first} and {second} have the same id, {id}",
                                         JsonExcerpt(*by_id[index]), JsonExcerpt(token), *id));
    }
    by_id[index] = token;
  }
  // An id without a token becomes a line without one: no text gives it.
  std::vector<std::string> tokens;
  tokens.reserve(by_id.size());
  for (const auto& token : by_id) tokens.emplace_back(token.value_or(""));
  return Vocabulary::FromTokens(std::move(tokens), path);
}

absl::Status OptionsFromTokenizerJson(const json& root, const std::string& path,
                                      TokenizerOptions* options) {
  const json& normalizer = JsonMember(root, "normalizer");
  RETURN_IF_ERROR(TakeBool(normalizer, "lowercase", path, &options->do_lower_case).status());
  RETURN_IF_ERROR(TakeStripAccents(normalizer, path, &options->strip_accents).status());
  RETURN_IF_ERROR(
      TakeBool(normalizer, "handle_chinese_chars", path, &options->tokenize_chinese_chars)
          .status());
  RETURN_IF_ERROR(TakeBool(normalizer, "clean_text", path, &options->clean_text).status());
  const json& longest = JsonMember(JsonMember(root, "model"), "max_input_chars_per_word");
  if (longest.is_null()) return absl::OkStatus();
  const std::optional<int64_t> value = JsonInteger(longest);
  if (!value.has_value() || *value < 1 || *value > 65536) {
    return Within(path, InvalidArgumentError(
                            "TOKENIZER_WORD_LENGTH",
                            "model.max_input_chars_per_word is {value}; it must be from 1 to 65536",
                            JsonExcerpt(longest)));
  }
  options->max_word_characters = static_cast<int>(*value);
  return absl::OkStatus();
}

}  // namespace electra
