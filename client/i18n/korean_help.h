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

// Of a footer. What is typed, indented by two spaces, is itself in any language, up to a comment
// behind "  # ".
std::string KoreanFooter(const std::string& english);

// Prose of a footer that has no Korean.
std::vector<std::string> MissingInFooter(const std::string& english);

// Every entry's English, for what nothing says any more.
std::vector<std::string_view> KoreanHelpKeys();

}  // namespace electra::client
