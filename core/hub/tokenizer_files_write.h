// Writes the tokenizer's files of a model directory (core/hub/tokenizer_files.h).
//
//   RETURN_IF_ERROR(WriteTokenizerFiles(directory, vocabulary, options, 512));
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

namespace electra {

// What transformers' fast tokenizer saves for such a tokenizer; `tokenizers` loads it as it is.
// A token that occurs twice gets its last id, as in the fast tokenizer, and lines without a token
// are left out.
std::string TokenizerJson(const Vocabulary& vocabulary, const TokenizerOptions& options);

// `model_max_length`: the longest sequence, special tokens included.
std::string TokenizerConfigJson(const Vocabulary& vocabulary, const TokenizerOptions& options,
                                int64_t model_max_length);

std::string SpecialTokensMapJson();

// Writes vocab.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json.
absl::Status WriteTokenizerFiles(const std::string& directory, const Vocabulary& vocabulary,
                                 const TokenizerOptions& options, int64_t model_max_length);

}  // namespace electra
