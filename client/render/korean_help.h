// The Korean of what --help, the manual page and completions say, by the English that the commands
// are defined with: a catalogue as gettext's, so that a command is written once, in one language.
//
// Thread safety: constants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace electra::client {

// Of a description; null where there is none.
const char* KoreanHelp(std::string_view english);

// Of a footer, paragraph by paragraph. An example is itself in any language.
std::string KoreanFooter(const std::string& english);

// Paragraphs of a footer that have no Korean.
std::vector<std::string> MissingInFooter(const std::string& english);

// Every entry's English, for what nothing says any more.
std::vector<std::string_view> KoreanHelpKeys();

}  // namespace electra::client
