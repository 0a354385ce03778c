// How commands declare their options. The parser, CLI11, is compiled only in options.cc, program.cc
// and parse_error.cc: its headers take longer to compile than most commands.
//
//   void AddCancel(Command& parent) {
//     auto options = std::make_shared<CancelOptions>();
//     Command command = parent.AddCommand("cancel", "Stop a job that has not ended");
//     command.AddOption("JOB", options->job, "Job ID").Required();
//     command.Footer("Example:\n  electra job cancel 7f3a");
//     command.Runs([options](CommandContext& context) { return RunCancel(context, *options); });
//   }
//
// Not thread-safe. Ownership: handles of objects that the program (client/shell/program.h) owns;
// copy them freely.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/environment/exit_code.h"
#include "client/i18n/catalogue.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace electra::client {

struct CommandContext;
struct LocalContext;

using Runner = std::function<ExitCode(CommandContext&)>;
using LocalRunner = std::function<ExitCode(LocalContext&)>;  // needs no server

// Set by the one command that a command line names.
struct Runners {
  Runner runner;
  LocalRunner local;
};

class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option& Required();
  // The name of its value in help texts: "FILE". Completion uses it, too.
  Option& ValueName(const std::string& name);
  // One of these values, which are also the value's name: "ko|en".
  Option& OneOf(const std::vector<std::string>& choices);
  // Whole numbers.
  Option& AtLeast(int64_t least);
  Option& Between(int64_t least, int64_t most);
  Option& Positive();
  // A number with a unit, in any case: the value is their product.
  Option& WithUnit(const std::map<std::string, int64_t>& units);
  Option& AsSize();  // "20GB", of 1024 bytes each
  // Text that can be sent to the server.
  Option& Utf8();
  // A list that takes one value each time it is given.
  Option& OneEach();
  // Help texts show its current value.
  Option& ShowDefault();
  Option& Excludes(const Option& other);

  // Whether it is on the command line.
  bool given() const;

 private:
  CLI::Option* option_;
};

class Command {
 public:
  Command(CLI::App& app, Runners& runners) : app_(&app), runners_(&runners) {}

  // The same command. Options and commands added through it are under `heading` in help texts;
  // under an empty one, they work but are not listed.
  Command Under(const std::string& heading) const;

  // A command within this one. It understands the options of the outer commands, too.
  Command AddCommand(const std::string& name, const std::string& description);

  // "--limit" or, for an argument, "JOB". Values are strings, integers (int32_t, int64_t), numbers
  // (double), std::optional of them, and lists of strings. `value` is set where it is given.
  template <typename Value>
  Option AddOption(const std::string& name, Value& value, const std::string& description);
  // `read` parses the text, or says what is wrong with it.
  Option AddOption(const std::string& name, std::function<absl::Status(const std::string&)> read,
                   const std::string& description);

  Option AddFlag(const std::string& name, const std::string& description);
  Option AddFlag(const std::string& name, bool& given, const std::string& description);
  Option AddFlag(const std::string& name, std::function<void()> when_given,
                 const std::string& description);
  // Only shows `text`.
  void AddVersion(const std::string& name, const std::string& text, const std::string& description);

  // The text below its options.
  Command& Footer(const std::string& text);
  // One of the commands within it must be named.
  Command& RequireCommand();

  // Runs the command, unless one of the commands within it is named. `missing` checks the options
  // when all are read, and returns the one that the command line lacks ("JOB"); empty: none.
  using Missing = std::function<std::string()>;
  Command& Runs(Runner run, Missing missing = nullptr);
  Command& Runs(LocalRunner run);
  // For one release: `run` gets a word that is given instead of a command within this one, if
  // `takes` says that it is meant so. It is not listed.
  using WordRunner = std::function<ExitCode(CommandContext&, const std::string& word)>;
  Command& RunsOldWord(std::function<bool(const std::string&)> takes, WordRunner run);

 private:
  CLI::App* app_;
  Runners* runners_;
  std::string heading_ = N_("Commands");
};

// A range of steps, --from and --to; 0: not given.
absl::Status CheckSteps(int64_t first, int64_t last);

}  // namespace electra::client
