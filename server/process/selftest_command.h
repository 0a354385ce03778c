// `electrad selftest`: whether the engine computes correctly and fast on this machine's device.
#pragma once

namespace CLI {
class App;
}

namespace electra::server {

struct CommandLine;

// `command_line` must outlive the parsing.
void AddSelftestCommand(CLI::App& app, CommandLine& command_line);

}  // namespace electra::server
