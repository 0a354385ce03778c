#include "client/man_page.h"

#include <unicode/utf8.h>

#include <cstdint>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/parse_error.h"

namespace electra::client {
namespace {

// roff reads bytes: what is beyond ASCII is named by its number.
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

// "VALUE" of what an option takes, without the check that stands behind it.
std::string TypeText(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(":{"));
}

std::string OptionEntry(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) absl::StrAppend(&names, "-", name, ", ");
  for (const std::string& name : option.get_lnames()) absl::StrAppend(&names, "--", name, ", ");
  names = names.substr(0, names.size() - 2);
  std::string entry = absl::StrCat(".TP\n\\fB", Roff(names), "\\fR");
  if (option.get_items_expected_max() > 0) {
    absl::StrAppend(&entry, " \\fI", Roff(TypeText(option)), "\\fR");
  }
  return absl::StrCat(entry, "\n", Roff(option.get_description()), "\n");
}

std::string OptionEntries(const CLI::App& command) {
  std::string entries;
  for (const CLI::Option* option : command.get_options()) {
    const bool is_help = option == command.get_help_ptr() && command.get_parent() != nullptr;
    if (option->get_lnames().empty() || option->get_group().empty() || is_help) continue;
    absl::StrAppend(&entries, OptionEntry(*option));
  }
  return entries;
}

// "electra submit [options] JOB"
std::string Usage(const CLI::App& command) {
  std::vector<std::string> words = {CommandPath(command)};
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(/*positional=*/true);
    words.push_back(option->get_required() ? name : absl::StrCat("[", name, "]"));
  }
  return absl::StrJoin(words, " ");
}

std::string CommandSection(const CLI::App& command) {
  std::string section =
      absl::StrCat(".SS ", Roff(Usage(command)), "\n", Roff(command.get_description()), ".\n");
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    absl::StrAppend(&section, ".TP\n\\fI", Roff(option->get_name(/*positional=*/true)), "\\fR\n",
                    Roff(option->get_description()), "\n");
  }
  absl::StrAppend(&section, OptionEntries(command));
  if (!command.get_footer().empty()) absl::StrAppend(&section, Preformatted(command.get_footer()));
  return section;
}

void AddSections(const CLI::App& command, std::string* page) {
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (child->get_group().empty()) continue;
    absl::StrAppend(page, CommandSection(*child));
    AddSections(*child, page);
  }
}

}  // namespace

std::string ManPage(const CLI::App& app, std::string_view version) {
  std::string page = absl::StrCat(
      ".TH ELECTRA 1 \"\" \"electra ", std::string(version), "\" \"User Commands\"\n",
      ".SH NAME\nelectra \\- ", Roff("train ELECTRA models on an electrad server and watch them"),
      "\n.SH SYNOPSIS\n\\fBelectra\\fR [\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]\n",
      ".SH DESCRIPTION\n", Roff(app.get_description()), ".\n.SH OPTIONS\n",
      "These are understood before and behind the command.\n", OptionEntries(app),
      ".SH COMMANDS\n");
  AddSections(app, &page);
  absl::StrAppend(&page, ".SH ENVIRONMENT, FILES AND EXIT STATUS\n", Preformatted(app.get_footer()),
                  ".SH SEE ALSO\n.BR electrad (1)\n");
  return page;
}

}  // namespace electra::client
