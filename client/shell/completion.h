// What could stand where a command line is being typed, from the table of commands itself.
//
//   Completions found = Complete(commands, {"watch", "7f"}, server_values);
//
// Thread safety: pure functions, apart from what `values` does.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "client/shell/command_info.h"

namespace electra::client {

struct Candidate {
  std::string text;  // the whole word
  std::string description;
  std::vector<std::string> choices;  // words that a value of it can be
};

enum class PathKind { kNone, kFiles, kFolders };

struct Completions {
  std::vector<Candidate> candidates;  // those that begin with what is typed
  PathKind paths = PathKind::kNone;   // files of the shell's own finding fit too
  bool ends_word = true;              // false: more of the word follows, as behind KEY=
};

// Values that the program cannot know by itself.
enum class ValueKind {
  kJob,
  kOpenJob,  // has not ended
  kPausedJob,
  kFailedJob,  // or was cancelled
  kModel,
  kStartingModel,  // a model, or "jobs/ID"
  kCorpus,
  kToken,
  kContext,
  kHyperparameter,
  kConfigKey,  // of a job file, hyperparameters among them
};

// `options` were typed already: ("--server", "gpu1:50551").
struct ValueQuery {
  ValueKind kind;
  std::string typed;  // of the value
  std::vector<std::pair<std::string, std::string>> options;
};
// For kHyperparameter, `description` may be "one of linear, cosine" or "true or false".
using ValueSource = std::function<std::vector<Candidate>(const ValueQuery& query)>;

// `words` behind the program's name; the last is being typed and may be empty.
Completions Complete(const CommandInfo& program, const std::vector<std::string>& words,
                     const ValueSource& values);

}  // namespace electra::client
