#include "client/shell/man_page.h"

#include <unicode/utf8.h>

#include <cstdint>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/i18n/phrases.h"
#include "client/shell/help.h"

namespace electra::client {
namespace {

// roff reads bytes: characters beyond ASCII are named by their numbers.
std::string WithoutUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  std::string ascii;
  for (int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, size, c);
    if (c >= 0 && c < 0x80) {
      ascii.push_back(static_cast<char>(c));
    } else {
      absl::StrAppend(&ascii, "\\[u", absl::StrFormat("%04X", c < 0 ? 0xFFFD : c), "]");
    }
  }
  return ascii;
}

// Text that roff shows as it is: a hyphen is a minus, and no line begins with a request.
std::string Roff(std::string_view text) {
  std::string escaped = absl::StrReplaceAll(std::string(text), {{"\\", "\\e"},
                                                                {"-", "\\-"},
                                                                {"~", "\\(ti"},
                                                                {"^", "\\(ha"},
                                                                {"`", "\\(ga"},
                                                                {"'", "\\(aq"}});
  if (absl::StartsWith(escaped, ".")) escaped = absl::StrCat("\\&", escaped);
  return WithoutUtf8(escaped);
}

// Lines that stay as they are.
std::string Preformatted(std::string_view text) {
  std::string block = ".PP\n.nf\n";
  for (absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    absl::StrAppend(&block, line.empty() ? "\\&" : Roff(std::string(line)), "\n");
  }
  return absl::StrCat(block, ".fi\n");
}

std::string OptionEntry(const OptionInfo& option) {
  std::string entry = absl::StrCat(".TP\n\\fB", Roff(NamesText(option)), "\\fR");
  const std::string value = ValueText(option);
  if (!value.empty()) absl::StrAppend(&entry, " \\fI", Roff(value), "\\fR");
  return absl::StrCat(entry, "\n", Roff(option.description), "\n");
}

// --help is the same everywhere.
std::string OptionEntries(const CommandInfo& command) {
  std::string entries;
  for (const OptionInfo& option : command.options) {
    const bool is_help = option.LongName() == "--help" && !command.IsProgram();
    if (!option.IsArgument() && !is_help) absl::StrAppend(&entries, OptionEntry(option));
  }
  return entries;
}

std::string CommandSection(const CommandInfo& command, Language language) {
  std::string section = absl::StrCat(".SS ", Roff(UsageText(command, language)), "\n",
                                     Roff(command.description), ".\n");
  for (const OptionInfo& option : command.options) {
    if (!option.IsArgument()) continue;
    absl::StrAppend(&section, ".TP\n\\fI", Roff(option.argument), "\\fR\n",
                    Roff(option.description), "\n");
  }
  absl::StrAppend(&section, OptionEntries(command));
  if (!command.footer.empty()) absl::StrAppend(&section, Preformatted(command.footer));
  return section;
}

void AddSections(const CommandInfo& command, Language language, std::string* page) {
  for (const CommandInfo& child : command.commands) {
    if (!child.IsListed()) continue;
    absl::StrAppend(page, CommandSection(child, language));
    AddSections(child, language, page);
  }
}

}  // namespace

std::string ManPage(const CommandInfo& program, std::string_view version, Language language) {
  const auto say = [&](const Phrase& phrase) { return Roff(phrase.In(language)); };
  std::string page = absl::StrCat(
      ".TH ELECTRA 1 \"\" \"electra ", std::string(version), "\" \"", say(kPhrases.man_manual),
      "\"\n.SH ", say(kPhrases.man_name_heading), "\nelectra \\- ", say(kPhrases.man_name),
      "\n.SH ", say(kPhrases.man_synopsis), "\n\\fBelectra\\fR [\\fI", say(kPhrases.help_options),
      "\\fR] \\fI", say(kPhrases.help_command), "\\fR [\\fI", say(kPhrases.help_arguments),
      "\\fR]\n.SH ", say(kPhrases.man_description), "\n", Roff(program.description), ".\n.SH ",
      say(kPhrases.man_options), "\n", say(kPhrases.man_options_place), "\n",
      OptionEntries(program), ".SH ", say(kPhrases.man_commands), "\n");
  AddSections(program, language, &page);
  absl::StrAppend(&page, ".SH ", say(kPhrases.man_environment), "\n", Preformatted(program.footer),
                  ".SH ", say(kPhrases.man_see_also), "\n.BR electrad (1)\n");
  return page;
}

}  // namespace electra::client
