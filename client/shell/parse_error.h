// What the parser objects to, as a sentence in both languages, with what may have been meant.
//
// Thread safety: pure functions.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "client/i18n/phrases.h"

namespace electra::client {

// "there is no command 'wach': did you mean watch?"
Bilingual ParseErrorSentence(const CLI::App& app, const CLI::ParseError& error);

// `what`, and the nearest of the known words where one is near to the given one.
Bilingual WithNearest(const Bilingual& what, std::string_view given,
                      const std::vector<std::string>& known);

// The innermost command that was parsed, `app` itself where none was; and how it is called:
// "electra job retry".
const CLI::App& ParsedCommand(const CLI::App& app);
std::string CommandPath(const CLI::App& command);

// "--set" and the like of the command and of those around it, without hidden ones.
std::vector<std::string> OptionNames(const CLI::App& command);
std::vector<std::string> CommandNames(const CLI::App& command);

}  // namespace electra::client
