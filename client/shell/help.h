// The text of --help, in the user's language and as wide as the terminal.
//
//   CommandInfo commands = program.Describe();
//   Translate(commands, Language::kKorean);
//   out << HelpText(commands, {.language = Language::kKorean, .width = 80});
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "client/environment/environment.h"
#include "client/i18n/labels.h"
#include "client/shell/command_info.h"

namespace electra::client {

// Puts the user's language into the descriptions and footers of all commands and options; text
// without a translation stays as it is.
void Translate(CommandInfo& command, Language language);

// Descriptions and footers that have no Korean.
std::vector<std::string> Untranslated(const CommandInfo& command);

struct HelpOptions {
  Language language = Language::kEnglish;
  int width = 80;
};

// The help of one command: usage, arguments, options, commands, footer.
std::string HelpText(const CommandInfo& command, const HelpOptions& options);
// Writes it, as wide as the terminal.
void ShowHelp(const CommandInfo& command, Language language, const Output& out);

// "electra submit [OPTIONS] JOB"
std::string UsageText(const CommandInfo& command, Language language);

// "-h, --help", and the value's name: "FILE", "KEY=VALUE ..."; for a flag, nothing.
std::string NamesText(const OptionInfo& option);
std::string ValueText(const OptionInfo& option);

}  // namespace electra::client
