// The daemon's configuration file: YAML, one `key: value` a setting.
//
//   data_dir: /srv/electrad
//   trusted_models: [/srv/models, /mnt/models]
//
// A free function without state.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace electra::server {

struct FileValue {
  std::vector<std::string> values;  // one, except for lists
  std::string source;               // "/etc/electrad/electrad.yaml:3"
};
using SettingsFile = std::map<std::string, FileValue, std::less<>>;  // by key

// NotFound: it is not there or cannot be read. InvalidArgument: the file is malformed, or a key is
// not in SettingTable() or is given twice; with the line.
absl::StatusOr<SettingsFile> ReadSettingsFile(const std::string& path);

}  // namespace electra::server
