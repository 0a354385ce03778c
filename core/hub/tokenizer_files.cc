#include "core/hub/tokenizer_files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/json.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/hub/tokenizer_json.h"

namespace electra {
namespace {

using nlohmann::json;

constexpr int64_t kMaxFileBytes = int64_t{1} << 28;
constexpr int64_t kMaxTokenizerConfigBytes = int64_t{1} << 24;

constexpr char kVocabTxt[] = "vocab.txt";
constexpr char kTokenizerJson[] = "tokenizer.json";
constexpr char kTokenizerConfig[] = "tokenizer_config.json";
constexpr char kModelConfig[] = "config.json";
constexpr char kSpecialTokensMap[] = "special_tokens_map.json";
constexpr char kAddedTokens[] = "added_tokens.json";

constexpr std::array<std::pair<const char*, std::string_view>, 5> kRoles = {{
    {"pad_token", "[PAD]"},
    {"unk_token", "[UNK]"},
    {"cls_token", "[CLS]"},
    {"sep_token", "[SEP]"},
    {"mask_token", "[MASK]"},
}};

// Classes that tokenize as BERT does, with or without "Fast" at the end.
constexpr std::array<std::string_view, 8> kClasses = {
    "ElectraTokenizer",  "BertTokenizer",     "DistilBertTokenizer",     "MobileBertTokenizer",
    "ConvBertTokenizer", "TokenizersBackend", "PreTrainedTokenizerFast", "PreTrainedTokenizer"};

absl::StatusOr<json> ReadJson(const ModelDirectory& directory, std::string_view name,
                              int64_t max_bytes) {
  ASSIGN_OR_RETURN(std::string text, directory.Read(name, max_bytes));
  return ParseJson(text, directory.PathOf(name), {});
}

// vocab.txt and tokenizer.json side by side must mean the same.
absl::Status CheckAgreement(const Vocabulary& vocabulary, const json& root,
                            const ModelDirectory& directory) {
  const std::string path = directory.PathOf(kTokenizerJson);
  const std::string vocab_txt = directory.PathOf(kVocabTxt);
  ASSIGN_OR_RETURN(Vocabulary other, VocabularyFromJson(root, path));
  for (int32_t id = 0; id < other.size(); ++id) {
    const std::string& token = other.Token(id);
    if (token.empty()) continue;
    const std::optional<int32_t> found = vocabulary.Find(token);
    if (found == id) continue;
    if (!found.has_value()) {
      return Within(path, InvalidArgumentError("TOKEN_NOT_IN_VOCAB_TXT",
                                               "token {token} has id {id}, but none in {file}; "
                                               "remove the file that is not this model's",
                                               JsonExcerpt(token), id, vocab_txt));
    }
    return Within(path, InvalidArgumentError("TOKEN_ID_DIFFERS",
                                             "token {token} has id {id}, but id {other} in {file}; "
                                             "remove the file that is not this model's",
                                             JsonExcerpt(token), id, *found, vocab_txt));
  }
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string& token = vocabulary.Token(id);
    if (!token.empty() && !other.Find(token).has_value()) {
      return Within(path, InvalidArgumentError("TOKEN_NOT_IN_TOKENIZER_JSON",
                                               "lacks token {token}, which {file} has with id "
                                               "{id}; remove the file that is not this model's",
                                               JsonExcerpt(token), vocab_txt, id));
    }
  }
  return absl::OkStatus();
}

// Gathers what the added tokens of several files say.
class AddedTokens {
 public:
  explicit AddedTokens(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  absl::Status Add(const json& content, std::optional<int64_t> id, const std::string& path) {
    if (!content.is_string() || !id.has_value()) {
      return Within(path, InvalidArgumentError("ADDED_TOKEN",
                                               "has an added token {token} without a text or an id",
                                               JsonExcerpt(content)));
    }
    const std::string& token = content.get_ref<const std::string&>();
    const std::optional<int32_t> found = vocabulary_.Find(token);
    if (!found.has_value() || *found != *id) {
      return Within(
          path, InvalidArgumentError("ADDED_TOKEN_OUTSIDE",
                                     "added token {token} with id {id} is not in the vocabulary "
                                     "under that id; added tokens outside the vocabulary are "
                                     "not supported",
                                     JsonExcerpt(content), *id));
    }
    if (!vocabulary_.IsSpecial(*found)) ordinary_.push_back(JsonExcerpt(content));
    return absl::OkStatus();
  }

  void AddNote(std::vector<Message>* notes) {
    std::sort(ordinary_.begin(), ordinary_.end());
    ordinary_.erase(std::unique(ordinary_.begin(), ordinary_.end()), ordinary_.end());
    if (ordinary_.empty()) return;
    const size_t count = ordinary_.size();
    if (count > 10) ordinary_.resize(10);
    notes->push_back(Message(
        "ADDED_TOKENS_ORDINARY",
        "{count} added tokens are matched as ordinary word pieces, not ahead of them: {tokens}",
        count, absl::StrCat(absl::StrJoin(ordinary_, ", "), count > 10 ? ", ..." : "")));
  }

 private:
  const Vocabulary& vocabulary_;
  std::vector<std::string> ordinary_;
};

absl::Status CheckSpecialTokenNames(const json& root, const std::string& path) {
  for (const auto& [role, expected] : kRoles) {
    const json& value = JsonMember(root, role);
    if (value.is_null()) continue;
    const json& text = value.is_object() ? JsonMember(value, "content") : value;
    if (!text.is_string() || text.get_ref<const std::string&>() != expected) {
      return NotSupported(path, role, text, Quoted(expected));
    }
  }
  return absl::OkStatus();
}

// False where the file names no class.
absl::StatusOr<bool> CheckClass(const json& config, const std::string& path) {
  const json& name = JsonMember(config, "tokenizer_class");
  if (name.is_null()) return false;
  std::string_view base =
      name.is_string() ? std::string_view(name.get_ref<const std::string&>()) : std::string_view();
  if (base != "PreTrainedTokenizerFast" && base.ends_with("Fast")) base.remove_suffix(4);
  if (std::find(kClasses.begin(), kClasses.end(), base) != kClasses.end()) return true;
  return Within(path, InvalidArgumentError("TOKENIZER_CLASS",
                                           "tokenizer_class is {value}; only ElectraTokenizer, "
                                           "BertTokenizer and their fast forms are supported",
                                           JsonExcerpt(name)));
}

// The class that AutoTokenizer takes.
absl::Status CheckClasses(const ModelDirectory& directory, const json& tokenizer_config) {
  ASSIGN_OR_RETURN(const bool found,
                   CheckClass(tokenizer_config, directory.PathOf(kTokenizerConfig)));
  if (found || !directory.Has(kModelConfig)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const json config, ReadJson(directory, kModelConfig, kMaxTokenizerConfigBytes));
  return CheckClass(config, directory.PathOf(kModelConfig)).status();
}

absl::Status CheckConfig(const json& config, const std::string& path) {
  RETURN_IF_ERROR(CheckSpecialTokenNames(config, path));
  const json& prefix = JsonMember(config, "wordpieces_prefix");
  if (!prefix.is_null() && prefix != "##") {
    return NotSupported(path, "wordpieces_prefix", prefix, Quoted("##"));
  }
  return absl::OkStatus();
}

absl::Status OptionsFromConfig(const json& config, const std::string& path,
                               TokenizerOptions* options, std::vector<Message>* notes) {
  ASSIGN_OR_RETURN(bool found, TakeBool(config, "do_lower_case", path, &options->do_lower_case));
  if (!found) {
    notes->push_back(Message("LOWER_CASE_NOT_SAID",
                             "{file} does not say do_lower_case: taken as {value}", path,
                             options->do_lower_case ? "true" : "false"));
  }
  RETURN_IF_ERROR(TakeStripAccents(config, path, &options->strip_accents).status());
  return TakeBool(config, "tokenize_chinese_chars", path, &options->tokenize_chinese_chars)
      .status();
}

absl::Status ReadAddedTokens(const json& tokenizer, const std::string& path, AddedTokens* added) {
  for (const json& token : JsonMember(tokenizer, "added_tokens")) {
    RETURN_IF_ERROR(
        added->Add(JsonMember(token, "content"), JsonInteger(JsonMember(token, "id")), path));
  }
  return absl::OkStatus();
}

absl::Status ReadAddedTokens(const ModelDirectory& directory, const json& tokenizer,
                             const json& config, AddedTokens* added) {
  RETURN_IF_ERROR(ReadAddedTokens(tokenizer, directory.PathOf(kTokenizerJson), added));
  const json& decoder = JsonMember(config, "added_tokens_decoder");
  if (decoder.is_object()) {
    for (const auto& [key, token] : decoder.items()) {
      int64_t id = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
      const bool whole = error == std::errc() && end == key.data() + key.size();
      RETURN_IF_ERROR(added->Add(JsonMember(token, "content"),
                                 whole ? std::optional<int64_t>(id) : std::nullopt,
                                 directory.PathOf(kTokenizerConfig)));
    }
  }
  if (!directory.Has(kAddedTokens)) return absl::OkStatus();
  ASSIGN_OR_RETURN(json tokens, ReadJson(directory, kAddedTokens, kMaxTokenizerConfigBytes));
  for (const auto& [token, id] : tokens.items()) {
    RETURN_IF_ERROR(added->Add(json(token), JsonInteger(id), directory.PathOf(kAddedTokens)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Vocabulary> ReadVocabulary(const ModelDirectory& directory, const json& tokenizer) {
  if (!directory.Has(kVocabTxt)) {
    return VocabularyFromJson(tokenizer, directory.PathOf(kTokenizerJson));
  }
  ASSIGN_OR_RETURN(std::string text, directory.Read(kVocabTxt, kMaxFileBytes));
  ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Parse(text, directory.PathOf(kVocabTxt)));
  if (!tokenizer.is_null()) RETURN_IF_ERROR(CheckAgreement(vocabulary, tokenizer, directory));
  return vocabulary;
}

TokenizerFiles Gather(Vocabulary vocabulary, const TokenizerOptions& options,
                      std::vector<Message> notes, AddedTokens* added) {
  added->AddNote(&notes);
  notes.insert(notes.end(), vocabulary.warnings().begin(), vocabulary.warnings().end());
  return {std::move(vocabulary), options, std::move(notes)};
}

}  // namespace

bool HasTokenizerFiles(const ModelDirectory& directory) {
  return directory.Has(kVocabTxt) || directory.Has(kTokenizerJson);
}

absl::StatusOr<TokenizerFiles> ReadTokenizerFiles(const ModelDirectory& directory) {
  if (!HasTokenizerFiles(directory)) {
    return Within(directory.path(),
                  NotFoundError("NO_VOCABULARY", "has neither vocab.txt nor tokenizer.json"));
  }
  json tokenizer;
  json config;
  TokenizerOptions options{.do_lower_case = true};  // Hugging Face's default
  std::vector<Message> notes;
  if (directory.Has(kTokenizerJson)) {
    const std::string path = directory.PathOf(kTokenizerJson);
    ASSIGN_OR_RETURN(tokenizer, ReadJson(directory, kTokenizerJson, kMaxFileBytes));
    RETURN_IF_ERROR(CheckTokenizerJson(tokenizer, path));
    RETURN_IF_ERROR(OptionsFromTokenizerJson(tokenizer, path, &options));
  }
  if (directory.Has(kTokenizerConfig)) {
    const std::string path = directory.PathOf(kTokenizerConfig);
    ASSIGN_OR_RETURN(config, ReadJson(directory, kTokenizerConfig, kMaxTokenizerConfigBytes));
    RETURN_IF_ERROR(CheckConfig(config, path));
    RETURN_IF_ERROR(OptionsFromConfig(config, path, &options, &notes));
  } else {
    notes.push_back(Message("NO_TOKENIZER_CONFIG",
                            "there is no tokenizer_config.json; do_lower_case is taken as {value}",
                            options.do_lower_case ? "true" : "false"));
  }
  RETURN_IF_ERROR(CheckClasses(directory, config));
  if (directory.Has(kSpecialTokensMap)) {
    ASSIGN_OR_RETURN(json names, ReadJson(directory, kSpecialTokensMap, kMaxTokenizerConfigBytes));
    RETURN_IF_ERROR(CheckSpecialTokenNames(names, directory.PathOf(kSpecialTokensMap)));
  }
  ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(directory, tokenizer));
  AddedTokens added(vocabulary);
  RETURN_IF_ERROR(ReadAddedTokens(directory, tokenizer, config, &added));
  return Gather(std::move(vocabulary), options, std::move(notes), &added);
}

bool IsTokenizerJson(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t brace = text.find_first_not_of(kSpace);
  if (brace == std::string_view::npos || text[brace] != '{') return false;
  const size_t next = text.find_first_not_of(kSpace, brace + 1);
  return next != std::string_view::npos && text[next] == '"';
}

absl::StatusOr<TokenizerFiles> ParseTokenizerJson(std::string_view text, const std::string& path) {
  ASSIGN_OR_RETURN(const json root, ParseJson(text, path, {}));
  RETURN_IF_ERROR(CheckTokenizerJson(root, path));
  TokenizerOptions options{.do_lower_case = true};
  RETURN_IF_ERROR(OptionsFromTokenizerJson(root, path, &options));
  ASSIGN_OR_RETURN(Vocabulary vocabulary, VocabularyFromJson(root, path));
  AddedTokens added(vocabulary);
  RETURN_IF_ERROR(ReadAddedTokens(root, path, &added));
  return Gather(std::move(vocabulary), options, {}, &added);
}

}  // namespace electra
