// A program with all of its commands, and the parsing of a command line.
//
//   Program program("electra", "Adapts ELECTRA models ...");
//   AddCancel(program.root());
//   const CommandLine line = program.Parse({"cancel", "7f3a"});
//   if (line.kind == CommandLine::Kind::kRun) return program.runners().runner(context);
//
// Not thread-safe. Ownership: owns the parser, to which commands and options are handles.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/i18n/phrases.h"
#include "client/shell/command_info.h"
#include "client/shell/options.h"

namespace electra::client {

// The action of a command line.
struct CommandLine {
  enum class Kind {
    kRun,      // the one of Program::runners() that is set
    kHelp,     // on Program::Named()
    kVersion,  // `text`
    kWrong,    // `text`: why
  };
  Kind kind = Kind::kRun;
  Bilingual text;
};

class Program {
 public:
  Program(const std::string& name, const std::string& description);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  Command& root() { return root_; }
  // Call it once: parsing sets the targets of the options.
  CommandLine Parse(const std::vector<std::string>& arguments);
  const Runners& runners() const { return runners_; }

  CommandInfo Describe() const;
  // The words of the innermost command on the command line: {"job", "retry"}; none: the program
  // itself.
  std::vector<std::string> Named() const;

 private:
  std::unique_ptr<CLI::App> app_;
  Runners runners_;
  Command root_;
};

}  // namespace electra::client
