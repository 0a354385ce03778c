#include "core/hub/tokenizer_files_write.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::array<std::pair<int32_t, const char*>, 5> SpecialById(const Vocabulary& vocabulary) {
  const SpecialTokens& special = vocabulary.special();
  std::array<std::pair<int32_t, const char*>, 5> tokens = {{{special.pad, "[PAD]"},
                                                            {special.unk, "[UNK]"},
                                                            {special.cls, "[CLS]"},
                                                            {special.sep, "[SEP]"},
                                                            {special.mask, "[MASK]"}}};
  std::sort(tokens.begin(), tokens.end());
  return tokens;
}

ordered_json AddedToken(const char* content) {
  return {{"content", content}, {"single_word", false}, {"lstrip", false},
          {"rstrip", false},    {"normalized", false},  {"special", true}};
}

ordered_json StripAccents(const TokenizerOptions& options) {
  return options.strip_accents.has_value() ? ordered_json(*options.strip_accents)
                                           : ordered_json(nullptr);
}

// A [CLS] or [SEP] of a template.
ordered_json Special(const char* token, int type_id) {
  return {{"SpecialToken", {{"id", token}, {"type_id", type_id}}}};
}

ordered_json Sequence(const char* name, int type_id) {
  return {{"Sequence", {{"id", name}, {"type_id", type_id}}}};
}

ordered_json PostProcessor(const Vocabulary& vocabulary) {
  const ordered_json single =
      ordered_json::array({Special("[CLS]", 0), Sequence("A", 0), Special("[SEP]", 0)});
  ordered_json pair = single;
  pair.push_back(Sequence("B", 1));
  pair.push_back(Special("[SEP]", 1));
  const auto token = [](const char* name, int32_t id) {
    return ordered_json{
        {"id", name}, {"ids", ordered_json::array({id})}, {"tokens", ordered_json::array({name})}};
  };
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", pair},
          {"special_tokens",
           {{"[CLS]", token("[CLS]", vocabulary.special().cls)},
            {"[SEP]", token("[SEP]", vocabulary.special().sep)}}}};
}

// Written by hand, member by member: a vocabulary as an ordered_json takes quadratic time.
std::string VocabJson(const Vocabulary& vocabulary) {
  std::string text = "{";
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string& token = vocabulary.Token(id);
    if (token.empty() || vocabulary.Find(token) != id) continue;
    absl::StrAppend(&text, text.size() == 1 ? "\n" : ",\n", "      ", json(token).dump(), ": ", id);
  }
  return text + "\n    }";
}

}  // namespace

std::string TokenizerJson(const Vocabulary& vocabulary, const TokenizerOptions& options) {
  ordered_json added = ordered_json::array();
  for (const auto& [id, token] : SpecialById(vocabulary)) {
    ordered_json entry = {{"id", id}};
    entry.update(AddedToken(token));
    added.push_back(std::move(entry));
  }
  constexpr char kVocabMark[] = "\"vocab goes here\"";
  const ordered_json root = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", added},
      {"normalizer",
       {{"type", "BertNormalizer"},
        {"clean_text", options.clean_text},
        {"handle_chinese_chars", options.tokenize_chinese_chars},
        {"strip_accents", StripAccents(options)},
        {"lowercase", options.do_lower_case}}},
      {"pre_tokenizer", ordered_json::object({{"type", "BertPreTokenizer"}})},
      {"post_processor", PostProcessor(vocabulary)},
      {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
      {"model",
       {{"type", "WordPiece"},
        {"unk_token", "[UNK]"},
        {"continuing_subword_prefix", "##"},
        {"max_input_chars_per_word", options.max_word_characters},
        {"vocab", "vocab goes here"}}}};
  std::string text = root.dump(2);
  const size_t mark = text.rfind(kVocabMark);
  text.replace(mark, sizeof(kVocabMark) - 1, VocabJson(vocabulary));
  return text;
}

std::string TokenizerConfigJson(const Vocabulary& vocabulary, const TokenizerOptions& options,
                                int64_t model_max_length) {
  ordered_json decoder = ordered_json::object();
  for (const auto& [id, token] : SpecialById(vocabulary)) {
    decoder[absl::StrCat(id)] = AddedToken(token);
  }
  const ordered_json root = {{"added_tokens_decoder", decoder},
                             {"clean_up_tokenization_spaces", true},
                             {"cls_token", "[CLS]"},
                             {"do_lower_case", options.do_lower_case},
                             {"mask_token", "[MASK]"},
                             {"model_max_length", model_max_length},
                             {"pad_token", "[PAD]"},
                             {"sep_token", "[SEP]"},
                             {"strip_accents", StripAccents(options)},
                             {"tokenize_chinese_chars", options.tokenize_chinese_chars},
                             {"tokenizer_class", "ElectraTokenizer"},
                             {"unk_token", "[UNK]"}};
  return root.dump(2) + "\n";
}

std::string SpecialTokensMapJson() {
  const ordered_json root = {{"cls_token", "[CLS]"},
                             {"mask_token", "[MASK]"},
                             {"pad_token", "[PAD]"},
                             {"sep_token", "[SEP]"},
                             {"unk_token", "[UNK]"}};
  return root.dump(2) + "\n";
}

absl::Status WriteTokenizerFiles(const std::string& directory, const Vocabulary& vocabulary,
                                 const TokenizerOptions& options, int64_t model_max_length) {
  const std::pair<const char*, std::string> files[] = {
      {"vocab.txt", vocabulary.ToText()},
      {"tokenizer.json", TokenizerJson(vocabulary, options)},
      {"tokenizer_config.json", TokenizerConfigJson(vocabulary, options, model_max_length)},
      {"special_tokens_map.json", SpecialTokensMapJson()}};
  for (const auto& [name, text] : files) {
    RETURN_IF_ERROR(WriteTextFile(absl::StrCat(directory, "/", name), text));
  }
  return absl::OkStatus();
}

}  // namespace electra
