// What the parser objects to, as a sentence in both languages, with what may have been meant.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "client/i18n/phrases.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace electra::client {

// What a check of ours objects to, as the one text that the parser carries, after the option's name
// where it has one; ParseErrorSentence() takes it apart again.
std::string InBothLanguages(const Bilingual& text);

// A word, or an option, that `command` does not take.
Bilingual UnknownWord(const CLI::App& command, const std::string& word);

// "there is no command 'wach': did you mean watch?"
Bilingual ParseErrorSentence(const CLI::App& app, const CLI::ParseError& error);

}  // namespace electra::client
