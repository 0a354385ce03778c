// A program's commands and options as values, for help, the manual page and completion.
//
// Thread safety: values.
#pragma once

#include <string>
#include <vector>

namespace electra::client {

struct OptionInfo {
  std::vector<std::string> names;  // "-h", "--help"; none: an argument
  std::string argument;            // "JOB"; empty: an option
  std::string description;
  std::string value_name;            // "FILE"; empty for a flag
  std::vector<std::string> choices;  // possible values; empty: any
  std::string default_value;         // where help texts show it
  bool takes_value = false;
  bool takes_many = false;
  bool required = false;

  bool IsArgument() const { return !argument.empty(); }
  // "--help"; empty for an argument.
  std::string LongName() const {
    for (const std::string& name : names) {
      if (name.starts_with("--")) return name;
    }
    return "";
  }
};

struct CommandInfo {
  std::string name;
  std::string path;     // how it is called: "electra job retry"
  std::string heading;  // above it in help texts; empty: not listed
  std::string description;
  std::string footer;
  std::vector<OptionInfo> options;  // as declared, arguments among them
  std::vector<CommandInfo> commands;

  bool IsProgram() const { return path == name; }
  bool IsListed() const { return !heading.empty(); }
  // Null: none.
  const CommandInfo* Find(const std::string& command) const {
    for (const CommandInfo& one : commands) {
      if (one.name == command) return &one;
    }
    return nullptr;
  }
};

}  // namespace electra::client
