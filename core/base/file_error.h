// Errors of calls on files, worded for people: "books.csv: cannot be opened: Permission denied".
//
//   if (fd < 0) return NotOpenedError(errno, path);
//
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/base/message.h"

namespace electra {

// The system's words for an errno: "Permission denied".
std::string SystemReason(int error);

// `problem` with `path` before it. `error`, an errno, gives the status its code.
absl::Status SystemError(int error, std::string_view path, const Message& problem);

absl::Status NotOpenedError(int error, std::string_view path);
absl::Status NotReadError(int error, std::string_view path);
absl::Status NotMadeError(int error, std::string_view path);
absl::Status NotRenamedError(int error, std::string_view path);  // into `path`

}  // namespace electra
