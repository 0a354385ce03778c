// What --help shows, in the user's language and as wide as the terminal.
//
//   Translate(app, Language::kKorean);
//   out << HelpText(app, {.language = Language::kKorean, .width = 80});
//
// Thread safety: one thread an App.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "client/i18n/labels.h"

namespace electra::client {

// Puts the user's language into the descriptions and footers of all commands and options; what has
// no translation stays as it is.
void Translate(CLI::App& app, Language language);

struct HelpOptions {
  Language language = Language::kEnglish;
  int width = 80;
};

// Of one command: usage, arguments, options, commands, footer.
std::string HelpText(const CLI::App& command, const HelpOptions& options);

// "electra submit [OPTIONS] JOB"
std::string UsageText(const CLI::App& command, Language language);

// "-h, --help" or "--corpus FILE": how an option is written, with what it takes.
struct OptionSyntax {
  std::string names;
  std::string value;  // empty: a flag
};
OptionSyntax SyntaxOf(const CLI::Option& option);

// Whether help and manual page list it.
bool IsListed(const CLI::Option& option);

}  // namespace electra::client
