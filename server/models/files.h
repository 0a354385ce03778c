// Which files make a model directory, how they are known again, and which names a model may have.
// Free functions without state.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace electra::server {

// Of the names in a directory those that reading it needs: config.json, the tokenizer's files and
// the weights, of which the first kind that is there counts, as in core/hub/weight_files.h.
std::vector<std::string> SelectModelFiles(const std::set<std::string>& names);

// One plain component that SelectModelFiles may give.
bool IsModelFileName(std::string_view name);

// What a model is known by: of the SHA-256 of its files, by "generator/config.json".
std::string ModelSha256(const std::map<std::string, std::string>& digests);

// The same of a stored model's folder. Reads all of it.
absl::StatusOr<std::string> ModelFolderSha256(const std::filesystem::path& folder);

// A letter or digit, then letters, digits, '.', '_' or '-'; at most 63.
bool IsModelName(std::string_view name);

}  // namespace electra::server
