// `electrad token`: tokens of a data folder whose daemon does not run, the first admin's above all.
#pragma once

#include <filesystem>
#include <functional>

namespace CLI {
class App;
}

namespace electra::server {

// What the parser found; empty where the arguments name another command. The exit status.
struct TokenCommand {
  std::function<int(const std::filesystem::path& data_dir)> run;
};

// `command` must outlive the parsing.
void AddTokenCommand(CLI::App& app, TokenCommand& command);

}  // namespace electra::server
