#include "client/shell/help.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/i18n/korean_help.h"
#include "client/i18n/phrases.h"
#include "client/shell/parse_error.h"
#include "client/text/styled_text.h"

namespace electra::client {
namespace {

constexpr int kWidest = 100;      // longer lines are hard to read
constexpr int kNamesColumn = 26;  // names that are longer get a line of their own
constexpr int kNarrowestText = 20;

// A name, and behind it what it means.
struct Entry {
  std::string name;
  std::string meaning;
};

std::string Paragraph(const std::string& text, int width) {
  std::string out;
  for (const StyledText& line : StyledText(text).Wrap(width)) {
    absl::StrAppend(&out, line.text(), "\n");
  }
  return out;
}

std::string Section(const Phrase& heading, const std::vector<Entry>& entries,
                    const HelpOptions& options) {
  if (entries.empty()) return "";
  std::string section = absl::StrCat("\n", heading.In(options.language), ":\n");
  // On a narrow terminal the texts need the room more.
  const int widest = std::min(kNamesColumn, options.width / 3);
  int column = 0;
  for (const Entry& entry : entries) {
    const int width = StyledText(entry.name).Width();
    if (width <= widest) column = std::max(column, width);
  }
  const int indent = 2 + column + 2;
  for (const Entry& entry : entries) {
    const int width = StyledText(entry.name).Width();
    const bool alone = width > column;
    absl::StrAppend(&section, "  ", entry.name);
    if (!alone) section.append(static_cast<size_t>(column - width) + 2, ' ');
    bool first = !alone;
    const int room = std::max(options.width - indent, kNarrowestText);
    for (const StyledText& line : StyledText(entry.meaning).Wrap(room)) {
      if (!first) absl::StrAppend(&section, "\n", std::string(static_cast<size_t>(indent), ' '));
      absl::StrAppend(&section, line.text());
      first = false;
    }
    absl::StrAppend(&section, "\n");
  }
  return section;
}

std::string Meaning(const CLI::Option& option, Language language) {
  std::string meaning = option.get_description();
  const bool takes_value = option.get_items_expected_max() > 0;
  if (takes_value && !option.get_default_str().empty()) {
    absl::StrAppend(&meaning, " (", kPhrases.help_default.In(language), " ",
                    option.get_default_str(), ")");
  }
  if (option.get_required() && !option.get_positional()) {
    absl::StrAppend(&meaning, " (", kPhrases.required.In(language), ")");
  }
  return meaning;
}

void TranslateOption(CLI::Option& option) {
  if (const char* korean = KoreanHelp(option.get_description())) option.description(korean);
}

}  // namespace

void Translate(CLI::App& app, Language language) {
  if (language != Language::kKorean) return;
  if (const char* korean = KoreanHelp(app.get_description())) app.description(korean);
  app.footer(KoreanFooter(app.get_footer()));
  for (CLI::Option* option : app.get_options()) TranslateOption(*option);
  for (CLI::App* child : app.get_subcommands([](CLI::App*) { return true; })) {
    Translate(*child, language);
  }
}

bool IsListed(const CLI::Option& option) {
  return !option.get_lnames().empty() && !option.get_group().empty();
}

OptionSyntax SyntaxOf(const CLI::Option& option) {
  OptionSyntax syntax;
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back(absl::StrCat("-", name));
  for (const std::string& name : option.get_lnames()) names.push_back(absl::StrCat("--", name));
  syntax.names = absl::StrJoin(names, ", ");
  if (option.get_items_expected_max() > 0) {
    // Without the checks that stand behind it: "ko|en:{ko,en}", "N:POSITIVE".
    syntax.value = option.get_type_name();
    for (const char* check : {":{", ":INT", ":POSITIVE", ":SIZE"}) {
      syntax.value = syntax.value.substr(0, syntax.value.find(check));
    }
    if (option.get_items_expected_max() > 1) absl::StrAppend(&syntax.value, " ...");
  }
  return syntax;
}

std::string UsageText(const CLI::App& command, Language language) {
  std::vector<std::string> words = {CommandPath(command)};
  bool has_options = false;
  for (const CLI::Option* option : command.get_options()) has_options |= IsListed(*option);
  if (has_options) words.push_back(absl::StrCat("[", kPhrases.help_options.In(language), "]"));
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    std::string name = option->get_name(/*positional=*/true);
    if (option->get_items_expected_max() > 1) absl::StrAppend(&name, "...");
    words.push_back(option->get_required() ? name : absl::StrCat("[", name, "]"));
  }
  const bool has_commands =
      !command.get_subcommands([](const CLI::App* child) { return !child->get_group().empty(); })
           .empty();
  if (has_commands) {
    const std::string word = kPhrases.help_command.In(language);
    words.push_back(command.get_require_subcommand_min() > 0 ? word : absl::StrCat("[", word, "]"));
  }
  return absl::StrJoin(words, " ");
}

std::string HelpText(const CLI::App& command, const HelpOptions& options) {
  HelpOptions fitting = options;
  fitting.width = std::min(options.width, kWidest);
  const Language language = options.language;
  std::vector<Entry> arguments;
  std::vector<Entry> flags;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) {
      arguments.push_back({option->get_name(/*positional=*/true), Meaning(*option, language)});
    } else if (IsListed(*option)) {
      const OptionSyntax syntax = SyntaxOf(*option);
      flags.push_back({absl::StrCat(syntax.names, syntax.value.empty() ? "" : " ", syntax.value),
                       Meaning(*option, language)});
    }
  }
  std::vector<Entry> commands;
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!child->get_group().empty()) {
      commands.push_back({child->get_name(), child->get_description()});
    }
  }
  std::string text = Paragraph(command.get_description(), fitting.width);
  absl::StrAppend(&text, "\n", kPhrases.help_usage.In(language), ": ", UsageText(command, language),
                  "\n", Section(kPhrases.help_arguments, arguments, fitting),
                  Section(kPhrases.help_commands, commands, fitting),
                  Section(kPhrases.help_options_heading, flags, fitting));
  if (command.get_parent() != nullptr) {
    absl::StrAppend(&text, "\n", Paragraph(kPhrases.help_global.In(language), fitting.width));
  }
  if (!command.get_footer().empty()) absl::StrAppend(&text, "\n", command.get_footer(), "\n");
  return text;
}

}  // namespace electra::client
