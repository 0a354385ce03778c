// The possible words where a command line is being typed, from the table of commands itself.
//
//   Completions found = Complete(commands, {"watch", "7f"}, server_values);
//
// Thread safety: pure functions, apart from `values`.
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
  std::vector<std::string> choices;  // possible values
};

enum class PathKind { kNone, kFiles, kFolders };

struct Completions {
  std::vector<Candidate> candidates;  // the ones that begin with the typed text
  PathKind paths = PathKind::kNone;   // files that the shell finds fit too
  bool ends_word = true;              // false: the word goes on, as after KEY=
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

// `words` after the program's name; the last is being typed and may be empty.
Completions Complete(const CommandInfo& program, const std::vector<std::string>& words,
                     const ValueSource& values);

}  // namespace electra::client
