#include "server/jobs/given_vocabulary.h"

#include <utility>

#include "absl/status/status.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/tokenizer_files.h"

namespace electra::server {

absl::StatusOr<GivenVocabulary> ReadGivenVocabulary(const std::string& bytes) {
  if (!IsTokenizerJson(bytes)) return GivenVocabulary{.text = bytes, .tokenizer = std::nullopt};
  ASSIGN_OR_RETURN(const TokenizerFiles files, ParseTokenizerJson(bytes, "tokenizer.json"));
  const TokenizerOptions usual;
  if (files.options.clean_text != usual.clean_text) {
    return InvalidArgumentError(
        "TOKENIZER_KEEPS_CONTROLS",
        "tokenizer.json: clean_text is false, which a job cannot do; give a vocab.txt");
  }
  if (files.options.max_word_characters != usual.max_word_characters) {
    return InvalidArgumentError("VOCABULARY_WORD_LENGTH",
                                "tokenizer.json: max_input_chars_per_word is {given}, but a job "
                                "takes {taken}; give a vocab.txt",
                                files.options.max_word_characters, usual.max_word_characters);
  }
  return GivenVocabulary{.text = files.vocabulary.ToText(), .tokenizer = files.options};
}

}  // namespace electra::server
