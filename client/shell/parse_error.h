// The parser's errors as sentences in both languages, with suggestions.
//
// Thread safety: pure functions.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "client/i18n/phrases.h"

namespace electra::client {

// An error of our own checks. The parser passes it on as it is; its own errors have English texts.
class UsageError : public CLI::ParseError {
 public:
  explicit UsageError(const Bilingual& sentence)
      : CLI::ParseError(sentence.english, CLI::ExitCodes::ValidationError), sentence_(sentence) {}
  const Bilingual& sentence() const { return sentence_; }

 private:
  Bilingual sentence_;
};

// A word or an option that `command` does not accept.
Bilingual UnknownWord(const CLI::App& command, const std::string& word);

// "there is no command 'wach': did you mean watch?"
Bilingual ParseErrorSentence(const CLI::App& app, const CLI::ParseError& error);

}  // namespace electra::client
