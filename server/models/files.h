// The digest by which a model's files are recognized, and the names that a model may have.
// Free functions without state.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace electra::server {

// The digest of a model, from the SHA-256 of each of its files by name ("generator/config.json").
std::string ModelSha256(const std::map<std::string, std::string>& digests);

// The same for a stored model's folder. Reads all of it.
absl::StatusOr<std::string> ModelFolderSha256(const std::filesystem::path& folder);

// A letter or digit, then letters, digits, '.', '_' or '-'; at most 63.
bool IsModelName(std::string_view name);

}  // namespace electra::server
