// What git calls a file's content: the SHA-1 of "blob SIZE", a zero byte and the content. The hub
// gives it for files that are small enough to lie in git itself.
//
//   ASSIGN_OR_RETURN(const std::string sha1, GitBlobSha1Hex(path));
//
// A function without state.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace electra {

// In lower-case hexadecimal.
absl::StatusOr<std::string> GitBlobSha1Hex(const std::filesystem::path& path);

}  // namespace electra
