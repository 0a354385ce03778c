// The arguments of `electrad`, parsed: the flags of all settings and the commands.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "server/config/load_settings.h"

namespace CLI {
class App;
}

namespace electra::server {

// The result of parsing.
struct CommandLine {
  GivenFlags flags;
  // A command that does not serve; its exit status. Empty: the daemon is to run.
  std::function<int(const LoadedSettings& settings)> command;
  bool is_worker = false;  // `electrad worker`
};

// `command_line` must outlive the parsing.
void AddSettings(CLI::App& app, CommandLine& command_line);
void AddCommands(CLI::App& app, CommandLine& command_line);

}  // namespace electra::server
