#include "client/shell/help.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/i18n/phrases.h"
#include "client/text/styled_text.h"

namespace electra::client {
namespace {

constexpr int kWidest = 100;      // longer lines are hard to read
constexpr int kNamesColumn = 26;  // names that are longer get a line of their own
constexpr int kNarrowestText = 20;

// A name, followed by its meaning.
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

// Columns of the names of all these entries.
int NamesColumn(const std::vector<Entry>& entries, const HelpOptions& options) {
  // On a narrow terminal the texts need the room more.
  const int widest = std::min(kNamesColumn, options.width / 3);
  int column = 0;
  for (const Entry& entry : entries) {
    const int width = StyledText(entry.name).Width();
    if (width <= widest) column = std::max(column, width);
  }
  return column;
}

std::string Section(const std::string& heading, const std::vector<Entry>& entries, int column,
                    const HelpOptions& options) {
  std::string section = absl::StrCat("\n", heading, ":\n");
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

std::string Section(const Phrase& heading, const std::vector<Entry>& entries,
                    const HelpOptions& options) {
  if (entries.empty()) return "";
  return Section(heading.In(options.language), entries, NamesColumn(entries, options), options);
}

// The commands within this one, under their headings.
std::string CommandSections(const CommandInfo& command, const HelpOptions& options) {
  std::vector<std::string> headings;
  std::map<std::string, std::vector<Entry>> sections;
  std::vector<Entry> all;
  for (const CommandInfo& child : command.commands) {
    if (!child.IsListed()) continue;
    all.push_back({child.name, child.description});
    std::vector<Entry>& section = sections[child.heading];
    if (section.empty()) headings.push_back(child.heading);
    section.push_back(all.back());
  }
  const int column = NamesColumn(all, options);
  std::string text;
  for (const std::string& heading : headings) {
    absl::StrAppend(&text, Section(heading, sections[heading], column, options));
  }
  return text;
}

std::string Meaning(const OptionInfo& option, Language language) {
  std::string meaning = option.description;
  if (option.takes_value && !option.default_value.empty()) {
    absl::StrAppend(&meaning, " (", kPhrases.help_default.In(language), " ", option.default_value,
                    ")");
  }
  if (option.required && !option.IsArgument()) {
    absl::StrAppend(&meaning, " (", kPhrases.required.In(language), ")");
  }
  return meaning;
}

void TranslateText(std::string& text) {
  if (const auto korean = Korean().Find(text)) text = *korean;
}

}  // namespace

void Translate(CommandInfo& command, Language language) {
  if (language != Language::kKorean) return;
  TranslateText(command.heading);
  TranslateText(command.description);
  TranslateText(command.footer);
  for (OptionInfo& option : command.options) TranslateText(option.description);
  for (CommandInfo& child : command.commands) Translate(child, language);
}

std::vector<std::string> Untranslated(const CommandInfo& command) {
  std::vector<std::string> texts = {command.description, command.footer};
  if (!command.IsProgram()) texts.push_back(command.heading);
  for (const OptionInfo& option : command.options) texts.push_back(option.description);
  std::vector<std::string> missing;
  for (const std::string& text : texts) {
    if (!text.empty() && !Korean().Find(text)) missing.push_back(text);
  }
  for (const CommandInfo& child : command.commands) {
    for (const std::string& text : Untranslated(child)) missing.push_back(text);
  }
  return missing;
}

std::string NamesText(const OptionInfo& option) { return absl::StrJoin(option.names, ", "); }

std::string ValueText(const OptionInfo& option) {
  return option.takes_many ? absl::StrCat(option.value_name, " ...") : option.value_name;
}

std::string UsageText(const CommandInfo& command, Language language) {
  std::vector<std::string> words = {command.path};
  const bool has_options =
      std::any_of(command.options.begin(), command.options.end(),
                  [](const OptionInfo& option) { return !option.IsArgument(); });
  if (has_options) words.push_back(absl::StrCat("[", kPhrases.help_options.In(language), "]"));
  for (const OptionInfo& option : command.options) {
    if (!option.IsArgument()) continue;
    const std::string name = absl::StrCat(option.argument, option.takes_many ? "..." : "");
    words.push_back(option.required ? name : absl::StrCat("[", name, "]"));
  }
  if (!command.commands.empty()) words.push_back(kPhrases.help_command.In(language));
  return absl::StrJoin(words, " ");
}

std::string HelpText(const CommandInfo& command, const HelpOptions& options) {
  HelpOptions fitting = options;
  fitting.width = std::min(options.width, kWidest);
  const Language language = options.language;
  std::vector<Entry> arguments;
  std::vector<Entry> flags;
  for (const OptionInfo& option : command.options) {
    const std::string meaning = Meaning(option, language);
    if (option.IsArgument()) {
      arguments.push_back({option.argument, meaning});
    } else {
      const std::string value = ValueText(option);
      flags.push_back({absl::StrCat(NamesText(option), value.empty() ? "" : " ", value), meaning});
    }
  }
  std::string text = Paragraph(command.description, fitting.width);
  absl::StrAppend(&text, "\n", kPhrases.help_usage.In(language), ": ", UsageText(command, language),
                  "\n", Section(kPhrases.help_arguments, arguments, fitting),
                  CommandSections(command, fitting),
                  Section(kPhrases.help_options_heading, flags, fitting));
  if (!command.IsProgram()) {
    absl::StrAppend(&text, "\n", Paragraph(kPhrases.help_global.In(language), fitting.width));
  }
  if (!command.footer.empty()) absl::StrAppend(&text, "\n", command.footer, "\n");
  return text;
}

void ShowHelp(const CommandInfo& command, Language language, const Output& out) {
  *out.stream << HelpText(command,
                          {.language = language, .width = out.is_terminal ? out.width() : kWidest});
}

}  // namespace electra::client
