#include "client/shell/completion.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace electra::client {
namespace {

// The typed part of a line.
struct TypedLine {
  std::vector<const CommandInfo*> commands;  // the innermost last
  const OptionInfo* pending = nullptr;       // the last word is a value of it
  std::string before;                        // the last word's part before the value
  std::string value;                         // that is being typed
  size_t positionals = 0;                    // of `command`, that are complete
  const CommandInfo* explained = nullptr;    // that `help` is asked about so far
  bool only_positionals = false;             // after --
  std::vector<std::pair<std::string, std::string>> options;
};

// Options follow the command that they belong to, or one inside of it.
const OptionInfo* OptionNamed(const TypedLine& line, const std::string& name) {
  for (auto command = line.commands.rbegin(); command != line.commands.rend(); ++command) {
    for (const OptionInfo& option : (*command)->options) {
      if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) {
        return &option;
      }
    }
  }
  return nullptr;
}

bool LooksLikeOption(const TypedLine& line, const std::string& word) {
  return !line.only_positionals && word.size() > 1 && word[0] == '-';
}

void ReadOption(const std::string& word, TypedLine* line) {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const OptionInfo* option = OptionNamed(*line, name);
  if (equals != std::string::npos) {
    line->options.emplace_back(name, word.substr(equals + 1));
  } else if (option != nullptr && option->takes_value) {
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
    line->options.emplace_back(line->pending->LongName(), word);
    if (!line->pending->takes_many) line->pending = nullptr;
    return;
  }
  const CommandInfo* child = line->positionals == 0 ? line->commands.back()->Find(word) : nullptr;
  if (child != nullptr) {
    line->commands.push_back(child);
    return;
  }
  ++line->positionals;
  if (line->explained != nullptr) line->explained = line->explained->Find(word);
}

TypedLine ReadLine(const CommandInfo& program, const std::vector<std::string>& words) {
  TypedLine line;
  line.commands = {&program};
  line.explained = &program;
  for (size_t i = 0; i + 1 < words.size(); ++i) ReadWord(words[i], &line);
  line.value = words.empty() ? "" : words.back();
  const size_t equals = line.value.find('=');
  if (LooksLikeOption(line, line.value) && equals != std::string::npos) {
    line.pending = OptionNamed(line, line.value.substr(0, equals));
    line.before = line.value.substr(0, equals + 1);
    line.value = line.value.substr(equals + 1);
  }
  return line;
}

std::vector<const OptionInfo*> Arguments(const CommandInfo& command) {
  std::vector<const OptionInfo*> arguments;
  for (const OptionInfo& option : command.options) {
    if (option.IsArgument()) arguments.push_back(&option);
  }
  return arguments;
}

std::optional<ValueKind> JobKindFor(const CommandInfo& command) {
  const std::string& name = command.name;
  if (name == "cancel" || name == "pause") return ValueKind::kOpenJob;
  if (name == "resume") return ValueKind::kPausedJob;
  if (name == "retry") return ValueKind::kFailedJob;
  return ValueKind::kJob;
}

// By the value's name in the table, so that completion knows new commands automatically.
std::optional<ValueKind> KindOf(const CommandInfo& command, const OptionInfo& option) {
  const std::string name = option.IsArgument() ? option.argument : option.LongName();
  if (name == "JOB" || name == "JOBS") return JobKindFor(command);
  if (name == "MODEL") return ValueKind::kModel;
  if (name == "--model") return ValueKind::kStartingModel;
  if (name == "CORPUS" || name == "--corpus" || name == "--eval-corpus") return ValueKind::kCorpus;
  if (name == "TOKEN") return ValueKind::kToken;
  if (name == "CONTEXT" || name == "--context") return ValueKind::kContext;
  if (name == "--set" || name == "--sweep") return ValueKind::kHyperparameter;
  if (name == "KEY") return ValueKind::kConfigKey;
  return std::nullopt;
}

PathKind PathsOf(const OptionInfo& option) {
  const std::string& name = option.IsArgument() ? option.argument : option.value_name;
  if (absl::StartsWith(name, "FILE")) return PathKind::kFiles;
  return absl::StartsWith(name, "DIR") ? PathKind::kFolders : PathKind::kNone;
}

// KEY= first, then the values that the key accepts.
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

void AddValues(const TypedLine& line, const OptionInfo& option, const ValueSource& values,
               Completions* found) {
  for (const std::string& choice : option.choices) {
    found->candidates.push_back({absl::StrCat(line.before, choice), ""});
  }
  found->paths = PathsOf(option);
  const std::optional<ValueKind> kind = KindOf(*line.commands.back(), option);
  if (!kind) return;
  const std::vector<Candidate> candidates =
      values({.kind = *kind, .typed = line.value, .options = line.options});
  if (*kind == ValueKind::kHyperparameter) return AddSettings(line, candidates, found);
  for (const Candidate& candidate : candidates) {
    found->candidates.push_back({absl::StrCat(line.before, candidate.text), candidate.description});
  }
}

void AddOptions(const TypedLine& line, Completions* found) {
  for (auto command = line.commands.rbegin(); command != line.commands.rend(); ++command) {
    for (const OptionInfo& option : (*command)->options) {
      if (option.IsArgument()) continue;
      const std::string name = option.LongName();
      const bool is_known =
          std::any_of(found->candidates.begin(), found->candidates.end(),
                      [&](const Candidate& candidate) { return candidate.text == name; });
      if (!is_known) found->candidates.push_back({name, option.description});
    }
  }
}

void AddCommands(const CommandInfo& command, Completions* found) {
  for (const CommandInfo& child : command.commands) {
    if (child.IsListed()) found->candidates.push_back({child.name, child.description});
  }
}

void AddArgument(const TypedLine& line, const ValueSource& values, Completions* found) {
  const CommandInfo& command = *line.commands.back();
  if (line.positionals == 0) AddCommands(command, found);
  const std::vector<const OptionInfo*> arguments = Arguments(command);
  if (arguments.empty()) return;
  const size_t index = std::min(line.positionals, arguments.size() - 1);
  if (index < line.positionals && !arguments[index]->takes_many) return;
  if (arguments[index]->argument == "COMMAND") {
    if (line.explained != nullptr) AddCommands(*line.explained, found);
    return;
  }
  AddValues(line, *arguments[index], values, found);
}

}  // namespace

Completions Complete(const CommandInfo& program, const std::vector<std::string>& words,
                     const ValueSource& values) {
  const TypedLine line = ReadLine(program, words);
  Completions found;
  const bool types_option =
      line.before.empty() && !line.value.empty() && line.value[0] == '-' && !line.only_positionals;
  if (types_option) {
    AddOptions(line, &found);
  } else if (line.pending != nullptr) {
    AddValues(line, *line.pending, values, &found);
  } else if (line.before.empty()) {
    AddArgument(line, values, &found);
  }
  const std::string typed = absl::StrCat(line.before, line.value);
  found.candidates.erase(
      std::remove_if(found.candidates.begin(), found.candidates.end(),
                     [&](const Candidate& one) { return !absl::StartsWith(one.text, typed); }),
      found.candidates.end());
  return found;
}

}  // namespace electra::client
