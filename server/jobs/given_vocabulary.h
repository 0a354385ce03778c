// The vocabulary that came with a job: a vocab.txt, or a tokenizer.json, which also defines how
// text becomes tokens. Pure functions.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"

namespace electra::server {

struct GivenVocabulary {
  std::string text;                           // as a vocab.txt; empty: none came
  std::optional<TokenizerOptions> tokenizer;  // of a tokenizer.json
};

// InvalidArgument: a malformed tokenizer.json, or one that tokenizes in a way that jobs cannot.
absl::StatusOr<GivenVocabulary> ReadGivenVocabulary(const std::string& bytes);

}  // namespace electra::server
