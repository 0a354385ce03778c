// The tokenizer's files of a model directory: vocab.txt or tokenizer.json, tokenizer_config.json,
// special_tokens_map.json, added_tokens.json.
//
// What decides: the tokens are those of vocab.txt, or of tokenizer.json where there is no
// vocab.txt; where both are, they must agree. do_lower_case, strip_accents and
// tokenize_chinese_chars are those of tokenizer_config.json, else of tokenizer.json's normalizer,
// else Hugging Face's defaults (true, null, true). The tokenizer's class is that of
// tokenizer_config.json, else of config.json, as AutoTokenizer looks for it. Anything that would
// tokenize otherwise than BertNormalizer, BertPreTokenizer and WordPiece with "##" is refused by
// name, and so are added tokens outside the vocabulary.
//
//   ASSIGN_OR_RETURN(TokenizerFiles files, ReadTokenizerFiles(directory));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/file.h"
#include "core/base/message.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

namespace electra {

struct TokenizerFiles {
  Vocabulary vocabulary;
  TokenizerOptions options;
  std::vector<Message> notes;  // what a user should know
};

// False when the directory has neither vocab.txt nor tokenizer.json.
bool HasTokenizerFiles(const ModelDirectory& directory);

// NotFound when there is no vocabulary.
absl::StatusOr<TokenizerFiles> ReadTokenizerFiles(const ModelDirectory& directory);

// Whether `text` begins like a tokenizer.json, as no vocab.txt does.
bool IsTokenizerJson(std::string_view text);

// A tokenizer.json by itself; `path` starts the error messages.
absl::StatusOr<TokenizerFiles> ParseTokenizerJson(std::string_view text, const std::string& path);

}  // namespace electra
