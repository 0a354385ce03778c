// The files that the client keeps for its user.
//
// Thread safety: pure functions, apart from the file system.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace electra::client {

// `electra` in XDG_CONFIG_HOME, else in HOME/.config; empty without either.
std::string ConfigFolder(
    const std::function<std::optional<std::string>(const std::string& name)>& variable);

// Writes the file next to its place and renames it, so that it is complete at each moment; mode
// 0600. Creates its folder, private to the user.
absl::Status WriteUserFile(const std::string& path, const std::string& text);

}  // namespace electra::client
