#include "client/shell/completion.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/shell/parse_error.h"

namespace electra::client {
namespace {

// A line as far as it is typed.
struct TypedLine {
  const CLI::App* command = nullptr;
  const CLI::Option* pending = nullptr;  // the last word is a value of it
  std::string before;                    // of the last word, what stands in front of the value
  std::string value;                     // that is being typed
  size_t positionals = 0;                // of `command`, that are complete
  bool only_positionals = false;         // behind --
  std::vector<std::pair<std::string, std::string>> options;
};

const CLI::App* ChildNamed(const CLI::App& command, const std::string& name) {
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (child->get_name() == name) return child;
  }
  return nullptr;
}

// Options stand behind the command that they belong to, or behind one inside of it.
const CLI::Option* OptionNamed(const CLI::App& command, const std::string& name) {
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    if (const CLI::Option* option = app->get_option_no_throw(name)) return option;
  }
  return nullptr;
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool TakesMany(const CLI::Option& option) {
  return option.get_items_expected_max() >= CLI::detail::expected_max_vector_size;
}

bool LooksLikeOption(const TypedLine& line, const std::string& word) {
  return !line.only_positionals && word.size() > 1 && word[0] == '-';
}

void ReadOption(const std::string& word, TypedLine* line) {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const CLI::Option* option = OptionNamed(*line->command, name);
  if (equals != std::string::npos) {
    line->options.emplace_back(name, word.substr(equals + 1));
  } else if (option != nullptr && TakesValue(*option)) {
    line->pending = option;
  } else {
    line->options.emplace_back(name, "");
  }
}

void ReadWord(const std::string& word, TypedLine* line) {
  if (LooksLikeOption(*line, word)) {
    line->pending = nullptr;
    if (word == "--") {
      line->only_positionals = true;
    } else {
      ReadOption(word, line);
    }
    return;
  }
  if (line->pending != nullptr) {
    line->options.emplace_back(absl::StrCat("--", line->pending->get_lnames().front()), word);
    if (!TakesMany(*line->pending)) line->pending = nullptr;
    return;
  }
  const CLI::App* child = line->positionals == 0 ? ChildNamed(*line->command, word) : nullptr;
  if (child != nullptr) {
    line->command = child;
  } else {
    ++line->positionals;
  }
}

TypedLine ReadLine(const CLI::App& app, const std::vector<std::string>& words) {
  TypedLine line;
  line.command = &app;
  for (size_t i = 0; i + 1 < words.size(); ++i) ReadWord(words[i], &line);
  line.value = words.empty() ? "" : words.back();
  const size_t equals = line.value.find('=');
  if (LooksLikeOption(line, line.value) && equals != std::string::npos) {
    line.pending = OptionNamed(*line.command, line.value.substr(0, equals));
    line.before = line.value.substr(0, equals + 1);
    line.value = line.value.substr(equals + 1);
  }
  return line;
}

std::vector<const CLI::Option*> Positionals(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::optional<ValueKind> JobKindFor(const CLI::App& command) {
  const std::string& name = command.get_name();
  if (name == "cancel" || name == "pause") return ValueKind::kOpenJob;
  if (name == "resume") return ValueKind::kPausedJob;
  if (name == "retry") return ValueKind::kFailedJob;
  return ValueKind::kJob;
}

// By the name that the table gives a value, so that a new command is completed without more.
std::optional<ValueKind> KindOf(const CLI::App& command, const CLI::Option& option) {
  const std::string name = option.get_positional()
                               ? option.get_name(/*positional=*/true)
                               : absl::StrCat("--", option.get_lnames().front());
  if (name == "JOB" || name == "JOBS") return JobKindFor(command);
  if (name == "MODEL" || name == "--model") return ValueKind::kModel;
  if (name == "CORPUS" || name == "--corpus") return ValueKind::kCorpus;
  if (name == "TOKEN") return ValueKind::kToken;
  if (name == "CONTEXT" || name == "--context") return ValueKind::kContext;
  if (name == "--set" || name == "--sweep") return ValueKind::kHyperparameter;
  if (name == "KEY") return ValueKind::kConfigKey;
  return std::nullopt;
}

PathKind PathsOf(const CLI::Option& option) {
  const std::string name =
      option.get_positional() ? option.get_name(/*positional=*/true) : option.get_type_name();
  if (absl::StartsWith(name, "FILE")) return PathKind::kFiles;
  return absl::StartsWith(name, "DIR") ? PathKind::kFolders : PathKind::kNone;
}

// KEY= first, then what the key accepts.
void AddSettings(const TypedLine& line, const std::vector<Candidate>& keys, Completions* found) {
  const size_t equals = line.value.find('=');
  if (equals == std::string::npos) {
    for (const Candidate& key : keys) {
      found->candidates.push_back({absl::StrCat(line.before, key.text, "="), key.description});
    }
    found->ends_word = false;
    return;
  }
  const std::string key = line.value.substr(0, equals);
  for (const Candidate& one : keys) {
    if (one.text != key) continue;
    for (const std::string& word : one.choices) {
      found->candidates.push_back({absl::StrCat(line.before, key, "=", word), ""});
    }
  }
}

void AddValues(const TypedLine& line, const CLI::Option& option, const ValueSource& values,
               Completions* found) {
  for (const std::string& choice : ChoicesOf(option)) {
    found->candidates.push_back({absl::StrCat(line.before, choice), ""});
  }
  found->paths = PathsOf(option);
  const std::optional<ValueKind> kind = KindOf(*line.command, option);
  if (!kind) return;
  const std::vector<Candidate> candidates = values({.kind = *kind, .options = line.options});
  if (*kind == ValueKind::kHyperparameter) return AddSettings(line, candidates, found);
  for (const Candidate& candidate : candidates) {
    found->candidates.push_back({absl::StrCat(line.before, candidate.text), candidate.description});
  }
}

void AddOptions(const TypedLine& line, Completions* found) {
  for (const CLI::App* app = line.command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_lnames().empty() || option->get_group().empty()) continue;
      const std::string name = absl::StrCat("--", option->get_lnames().front());
      const bool is_known =
          std::any_of(found->candidates.begin(), found->candidates.end(),
                      [&](const Candidate& candidate) { return candidate.text == name; });
      if (!is_known) found->candidates.push_back({name, option->get_description()});
    }
  }
}

void AddPositional(const TypedLine& line, const ValueSource& values, Completions* found) {
  if (line.positionals == 0) {
    for (const CLI::App* child :
         line.command->get_subcommands([](const CLI::App*) { return true; })) {
      if (child->get_group().empty()) continue;
      found->candidates.push_back({child->get_name(), child->get_description()});
    }
  }
  const std::vector<const CLI::Option*> positionals = Positionals(*line.command);
  if (positionals.empty()) return;
  const size_t index = std::min(line.positionals, positionals.size() - 1);
  if (index < line.positionals && !TakesMany(*positionals[index])) return;
  AddValues(line, *positionals[index], values, found);
}

}  // namespace

std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();  // "ko|en:{ko,en}", "FILE"
  const size_t open = type.find('{');
  const size_t close = type.rfind('}');
  if (open != std::string::npos && close != std::string::npos && open < close) {
    return absl::StrSplit(type.substr(open + 1, close - open - 1), ',');
  }
  const bool is_list =
      absl::StrContains(type, "|") && std::none_of(type.begin(), type.end(), [](char c) {
        return absl::ascii_isupper(static_cast<unsigned char>(c));
      });
  if (!is_list) return {};
  return absl::StrSplit(type, '|');
}

Completions Complete(const CLI::App& app, const std::vector<std::string>& words,
                     const ValueSource& values) {
  const TypedLine line = ReadLine(app, words);
  Completions found;
  const bool types_option =
      line.before.empty() && !line.value.empty() && line.value[0] == '-' && !line.only_positionals;
  if (types_option) {
    AddOptions(line, &found);
  } else if (line.pending != nullptr) {
    AddValues(line, *line.pending, values, &found);
  } else if (line.before.empty()) {
    AddPositional(line, values, &found);
  }
  const std::string typed = absl::StrCat(line.before, line.value);
  found.candidates.erase(
      std::remove_if(found.candidates.begin(), found.candidates.end(),
                     [&](const Candidate& one) { return !absl::StartsWith(one.text, typed); }),
      found.candidates.end());
  return found;
}

}  // namespace electra::client
