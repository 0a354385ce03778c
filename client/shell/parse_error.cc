#include "client/shell/parse_error.h"

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

// "job retry": the words after the program's name.
std::string WithoutProgram(const std::string& path) { return path.substr(path.find(' ') + 1); }

// Names such as "--set" of the command and of the ones around it.
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

// Dashes are alike in all options and bring none nearer.
Bilingual WithNearestOption(const Bilingual& what, const std::string& option,
                            const CLI::App& command) {
  std::vector<std::string> bare;
  for (const std::string& name : OptionNames(command)) bare.push_back(name.substr(2));
  const std::optional<std::string> nearest =
      Nearest(std::string(absl::StripPrefix(absl::StripPrefix(option, "-"), "-")), bare);
  return nearest ? Say(kPhrases.did_you_mean, what, absl::StrCat("--", *nearest)) : what;
}

// A suggestion for `word`: a command within this one, or within one of its commands.
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

// The options and arguments of the command and of the commands around it.
std::vector<const CLI::Option*> OptionsOf(const CLI::App& command) {
  std::vector<const CLI::Option*> options;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) options.push_back(option);
  }
  return options;
}

// The one that CLI11 speaks of: "--limit: At Most 1 required", "Could not convert: --limit = x".
const CLI::Option* OptionIn(const CLI::App& command, const std::string& message) {
  for (const CLI::Option* option : OptionsOf(command)) {
    const std::string name = option->get_name();
    if (absl::StartsWith(message, absl::StrCat(name, ":")) ||
        absl::StrContains(message, absl::StrCat(": ", name, " = "))) {
      return option;
    }
  }
  return nullptr;
}

std::optional<Bilingual> Missing(const CLI::App& command) {
  for (const CLI::Option* option : OptionsOf(command)) {
    if (option->get_required() && option->count() == 0) {
      return Say(kPhrases.missing_argument, option->get_name());
    }
  }
  if (command.get_require_subcommand_min() == 0) return std::nullopt;
  return Bilingual(kPhrases.missing_command);
}

std::optional<Bilingual> Excluded(const CLI::App& command) {
  for (const CLI::Option* option : OptionsOf(command)) {
    if (option->count() == 0) continue;
    for (const CLI::Option* other : option->get_excludes()) {
      if (other->count() > 0) {
        return Say(kPhrases.not_together, option->get_name(), other->get_name());
      }
    }
  }
  return std::nullopt;
}

Bilingual WrongCount(const CLI::Option& option) {
  const auto count = static_cast<int>(option.count());
  return Say(
      count > option.get_items_expected_max() ? kPhrases.given_twice : kPhrases.missing_value,
      option.get_name());
}

Bilingual BadValue(const CLI::Option& option) {
  const bool is_flag = option.get_items_expected_max() == 0;
  return Say(is_flag ? kPhrases.not_true_or_false : kPhrases.not_convertible, option.get_name(),
             option.count() > 0 ? option.results().back() : "");
}

Bilingual Objection(const CLI::App& app, const CLI::App& command, const CLI::ParseError& error) {
  if (const auto* ours = dynamic_cast<const UsageError*>(&error)) return ours->sentence();
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
  std::optional<Bilingual> known;
  if (is_required) {
    known = Missing(command);
  } else if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    known = Excluded(command);
  } else if (const CLI::Option* option = OptionIn(command, message)) {
    const bool is_count = dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr;
    known = is_count ? WrongCount(*option) : BadValue(*option);
  }
  return known.value_or(Bilingual(message));
}

}  // namespace

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
