#include "client/shell/parse_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/i18n/suggestion.h"
#include "core/base/nearest.h"

namespace electra::client {
namespace {

// Before each of the two languages of a text.
constexpr char kLanguageBorder = '\x1f';

// The innermost command that was parsed, `app` itself where none was.
const CLI::App& ParsedCommand(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

// How it is called: "electra job retry".
std::string CommandPath(const CLI::App& command) {
  std::string path = command.get_name();
  for (const CLI::App* parent = command.get_parent(); parent != nullptr;
       parent = parent->get_parent()) {
    path = absl::StrCat(parent->get_name(), " ", path);
  }
  return path;
}

// "job retry": what is typed after the program's name.
std::string WithoutProgram(const std::string& path) { return path.substr(path.find(' ') + 1); }

// "--set" and the like of the command and of those around it.
std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        const std::string full = absl::StrCat("--", name);
        if (std::find(names.begin(), names.end(), full) == names.end()) names.push_back(full);
      }
    }
  }
  return names;
}

std::vector<const CLI::App*> ListedCommands(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* child) { return !child->get_group().empty(); });
}

// "--limit: 'x' is not ..." in both languages, where a check of ours said it.
std::optional<Bilingual> OurOwn(const std::string& message) {
  const std::vector<std::string> parts = absl::StrSplit(message, kLanguageBorder);
  if (parts.size() != 3) return std::nullopt;
  return Bilingual(absl::StrCat(parts[0], parts[1]), absl::StrCat(parts[0], parts[2]));
}

// CLI11 says "--lang: de not in {ko,en}".
std::optional<Bilingual> NoneOfTheChoices(const std::string& message) {
  const size_t colon = message.find(": ");
  const size_t border = message.find(" not in {");
  if (colon == std::string::npos || border == std::string::npos || border < colon + 2 ||
      !absl::EndsWith(message, "}")) {
    return std::nullopt;
  }
  const std::string value = message.substr(colon + 2, border - colon - 2);
  const size_t first = border + 9;
  const std::vector<std::string> choices =
      absl::StrSplit(message.substr(first, message.size() - first - 1), ',');
  return WithNearest(
      Say(kPhrases.one_of, message.substr(0, colon), value, absl::StrJoin(choices, ", ")), value,
      choices);
}

// Dashes are alike in all options and bring none nearer.
Bilingual WithNearestOption(const Bilingual& what, const std::string& option,
                            const CLI::App& command) {
  std::vector<std::string> bare;
  for (const std::string& name : OptionNames(command)) bare.push_back(name.substr(2));
  const std::optional<std::string> nearest =
      Nearest(std::string(absl::StripPrefix(absl::StripPrefix(option, "-"), "-")), bare);
  return nearest ? Say(kPhrases.did_you_mean, what, absl::StrCat("--", *nearest)) : what;
}

// What may have been meant by `word`: a command within this one, or within one of those.
std::optional<std::string> NearestCommand(const CLI::App& command, const std::string& word) {
  std::vector<const CLI::App*> known = ListedCommands(command);
  const size_t own = known.size();
  for (size_t i = 0; i < own; ++i) {
    const std::vector<const CLI::App*> inner = ListedCommands(*known[i]);
    known.insert(known.end(), inner.begin(), inner.end());
  }
  std::vector<std::string> names;
  for (const CLI::App* one : known) names.push_back(one->get_name());
  const std::optional<std::string> nearest = Nearest(word, names);
  if (!nearest) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), *nearest);
  return WithoutProgram(CommandPath(*known[static_cast<size_t>(found - names.begin())]));
}

Bilingual Missing(const std::string& message) {
  if (absl::StrContains(message, "subcommand")) return kPhrases.missing_command;
  return Say(kPhrases.missing_argument, std::string(absl::StripSuffix(message, " is required")));
}

Bilingual Objection(const CLI::App& app, const CLI::App& command, const CLI::ParseError& error) {
  const std::string message = error.what();
  const std::vector<std::string> rest = app.remaining(/*recurse=*/true);
  // By type: some of them have the command's name for their own.
  const bool is_required = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (!rest.empty() && (is_required || is_extra)) {
    const auto option = std::find_if(rest.begin(), rest.end(), [](const std::string& word) {
      return absl::StartsWith(word, "-");
    });
    return UnknownWord(command, option == rest.end() ? rest.front() : *option);
  }
  if (is_required) return Missing(message);
  const std::string name = message.substr(0, message.find(':'));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return Say(kPhrases.missing_value, name);
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    // "Could not convert: --priority = high"
    const std::vector<std::string> parts = absl::StrSplit(
        absl::StripPrefix(message, "Could not convert: "), absl::MaxSplits(" = ", 1));
    if (parts.size() == 2) return Say(kPhrases.not_convertible, parts[0], parts[1]);
  }
  if (const auto ours = OurOwn(message)) return *ours;
  if (const auto choices = NoneOfTheChoices(message)) return *choices;
  return Bilingual(message);
}

}  // namespace

std::string InBothLanguages(const Bilingual& text) {
  const std::string border(1, kLanguageBorder);
  return absl::StrCat(border, text.english, border, text.korean);
}

Bilingual UnknownWord(const CLI::App& command, const std::string& word) {
  const std::string path = CommandPath(command);
  if (absl::StartsWith(word, "-") && word.size() > 1) {
    const std::string option = word.substr(0, word.find('='));
    return WithNearestOption(Say(kPhrases.no_option, option, path), option, command);
  }
  if (ListedCommands(command).empty()) return Say(kPhrases.too_many_arguments, word);
  const Bilingual unknown = Say(kPhrases.no_command, WithoutProgram(absl::StrCat(path, " ", word)));
  const std::optional<std::string> nearest = NearestCommand(command, word);
  return nearest ? Say(kPhrases.did_you_mean, unknown, *nearest) : unknown;
}

Bilingual ParseErrorSentence(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = ParsedCommand(app);
  Bilingual objection = Objection(app, command, error);
  if (absl::StrContains(objection.english, ": did you mean ")) return objection;
  return Say(kPhrases.see_help, objection, CommandPath(command));
}

}  // namespace electra::client
