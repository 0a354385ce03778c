// The daemon's settings from a file, the environment and flags.
//
//   ASSIGN_OR_RETURN(const LoadedSettings loaded, LoadSettings(flags, ProcessEnvironment()));
//   loaded.values.listen; loaded.sources.at("listen");
//
// A flag wins over the environment, the environment over the file, the file over the default. Free
// functions without state.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/config/settings.h"

namespace electra::server {

// Values of flags that were given, by the setting's key; "config" names the file.
using GivenFlags = std::map<std::string, std::vector<std::string>, std::less<>>;
using EnvironmentVariables = std::map<std::string, std::string, std::less<>>;

struct LoadedSettings {
  Settings values;
  std::map<std::string, std::string, std::less<>> sources;  // by key: "--listen", "FILE:3", ...
  std::vector<std::string> unknown_variables;               // unknown ELECTRAD_*: probably mistakes
};

// NotFound, InvalidArgument: the file, or a value in any of the three.
absl::StatusOr<LoadedSettings> LoadSettings(const GivenFlags& flags,
                                            const EnvironmentVariables& environment);

// The ELECTRAD_* variables of this process, and the ones that settings name.
EnvironmentVariables ProcessEnvironment();

// All settings as an equivalent file, each with its source.
std::string PrintSettings(const LoadedSettings& loaded);

}  // namespace electra::server
