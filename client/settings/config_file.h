// The user's configuration, `electra/config.toml` in the configuration folder: named servers
// (contexts), which of them is in use, and defaults.
//
//   context = "gpu1"
//
//   [defaults]
//   lang = "ko"
//   timeout = 60
//   model = "koelectra-small"
//
//   [contexts.gpu1]
//   server = "gpu1:50551"
//   ca = "/home/ann/ca.pem"
//
// Tokens are not kept here: see credentials.h. A file that is written again keeps its comments.
//
// Not thread-safe. Ownership: values.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra::client {

struct Context {
  std::string server;  // HOST:PORT
  std::string ca;      // PEM file; empty: none of its own
  std::string lang;    // ko, en; empty: none of its own
};

struct ConfigDefaults {
  std::string lang;
  std::optional<double> timeout;  // seconds
  std::string model;
};

struct UserConfig {
  std::string context;  // in use; empty: none
  ConfigDefaults defaults;
  std::map<std::string, Context> contexts;
};

class ConfigFile {
 public:
  using Variables = std::function<std::optional<std::string>(const std::string& name)>;

  explicit ConfigFile(const Variables& variables);

  const std::string& path() const { return path_; }

  // The file's content; empty without a file. InvalidArgument names the line, and suggests a key
  // for an unknown one.
  absl::StatusOr<UserConfig> Read() const;

  // Each changes one thing and leaves all else as it is.
  absl::Status AddContext(const std::string& name, const Context& context) const;
  absl::Status RemoveContext(const std::string& name) const;
  absl::Status UseContext(const std::string& name) const;

 private:
  std::string path_;  // empty: no place
};

// Letters, digits, '.', '_' and '-'; at most 63.
absl::Status CheckContextName(const std::string& name);

// An error that names the nearest one.
absl::Status NoSuchContext(const UserConfig& config, const std::string& name);

}  // namespace electra::client
