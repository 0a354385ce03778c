// A client whose outside world is made of strings, a fixed clock and waits that return at once.
//
//   ClientRig rig;
//   rig.server = server.address();
//   EXPECT_EQ(rig.Run({"jobs"}), ExitCode::kDone);
//   EXPECT_EQ(rig.out.str(), "...");
#pragma once

#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/environment/environment.h"
#include "client/environment/exit_code.h"

namespace electra::client {

class ClientRig {
 public:
  ClientRig();

  // Standard output and error become terminals of this width, without colours.
  void UseTerminal(int width);

  // With --server in front, where `server` is not empty. Output adds up over several calls.
  ExitCode Run(std::vector<std::string> arguments);

  std::string server;
  std::map<std::string, std::string> variables;
  absl::Time now = absl::FromCivil(absl::CivilSecond(2026, 11, 25, 12, 0, 0), absl::UTCTimeZone());
  std::vector<absl::Duration> waits;  // that were asked for
  std::string secret;                 // what the user types
  std::vector<std::string> prompts;   // that were shown
  std::istringstream in;
  std::optional<std::string> answer;  // to questions; none: nobody can be asked
  std::vector<std::string> questions;
  std::string edit;                 // what the user makes of a text
  std::vector<std::string> edited;  // texts that came into the editor
  std::ostringstream out;
  std::ostringstream err;
  Interruption interruption;
  Environment environment;
};

size_t CountLines(const std::string& text);

// A file that lives as long as the object, in a folder of its own.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::string& content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
  std::string path_;
};

}  // namespace electra::client
