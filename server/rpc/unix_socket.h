// A listening socket that is a file: only users whom its mode admits can connect.
//
// Free function without state.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"
#include "core/base/file.h"

namespace electra::server {

// The file at `path` has this mode from the moment it is created, whatever the umask. Replaces a
// socket that nobody listens on, such as a killed daemon's. InvalidArgument: the path is too long.
// Unavailable: something else is there, or it cannot be created.
absl::StatusOr<FileDescriptor> BindUnixSocket(const std::string& path, mode_t mode);

}  // namespace electra::server
