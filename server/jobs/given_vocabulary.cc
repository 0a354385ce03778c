#include "server/jobs/given_vocabulary.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/hub/tokenizer_files.h"

namespace electra::server {

absl::StatusOr<GivenVocabulary> ReadGivenVocabulary(const std::string& bytes) {
  if (!IsTokenizerJson(bytes)) return GivenVocabulary{.text = bytes, .tokenizer = std::nullopt};
  ASSIGN_OR_RETURN(const TokenizerFiles files, ParseTokenizerJson(bytes, "tokenizer.json"));
  const TokenizerOptions usual;
  if (files.options.clean_text != usual.clean_text) {
    return absl::InvalidArgumentError(
        "tokenizer.json: clean_text is false, which a job cannot do; give a vocab.txt");
  }
  if (files.options.max_word_characters != usual.max_word_characters) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tokenizer.json: max_input_chars_per_word is ", files.options.max_word_characters,
        ", but a job takes ", usual.max_word_characters, "; give a vocab.txt"));
  }
  return GivenVocabulary{.text = files.vocabulary.ToText(), .tokenizer = files.options};
}

}  // namespace electra::server
