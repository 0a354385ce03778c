#include "tests/client/rig.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "client/cli.h"

namespace electra::client {

ClientRig::ClientRig() {
  environment.in = &in;
  environment.out.stream = &out;
  environment.err.stream = &err;
  environment.now = [this] { return now; };
  environment.wait = [this](absl::Duration pause) { waits.push_back(pause); };
  environment.random = [] { return 0.5; };
  environment.variable = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  environment.read_secret = [this](const std::string& prompt) -> absl::StatusOr<std::string> {
    prompts.push_back(prompt);
    return secret;
  };
  environment.ask = [this](const std::string& question) -> absl::StatusOr<std::string> {
    questions.push_back(question);
    if (!answer) return absl::FailedPreconditionError("standard input is not a terminal");
    return *answer;
  };
  environment.edit = [this](const std::string& text) -> absl::StatusOr<std::string> {
    edited.push_back(text);
    return edit;
  };
  environment.interruption = &interruption;
}

void ClientRig::UseTerminal(int width) {
  for (Output* output : {&environment.out, &environment.err}) {
    output->is_terminal = true;
    output->width = [width] { return width; };
  }
}

ExitCode ClientRig::Run(std::vector<std::string> arguments) {
  if (!server.empty()) arguments.insert(arguments.begin(), {"--server", server});
  return RunElectra(arguments, environment);
}

size_t CountLines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

TemporaryFile::TemporaryFile(const std::string& name, const std::string& content) {
  std::string pattern = (std::filesystem::temp_directory_path() / "client_test.XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  path_ = folder_ + "/" + name;
  std::ofstream(path_, std::ios::binary) << content;
}

TemporaryFile::~TemporaryFile() { std::filesystem::remove_all(folder_); }

}  // namespace electra::client
