// `electrad token`: tokens of a data folder whose daemon does not run, the first admin's above all.
#pragma once

#include <filesystem>
#include <functional>

#include "absl/status/status.h"

namespace CLI {
class App;
}

namespace electra::server {

// The result of parsing; empty if the arguments name another command.
struct TokenCommand {
  std::function<absl::Status(const std::filesystem::path& data_dir)> run;
};

// `command` must outlive the parsing.
void AddTokenCommand(CLI::App& app, TokenCommand& command);

}  // namespace electra::server
