// A copy of the database while a daemon writes to it.
#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace electra::server {

// Copies `database` as it is at one instant to `file`, which must not exist yet: a whole database
// in one file, checked and synced before it gets its name. Only reads, so that it neither writes
// nor checkpoints alongside a daemon's writer, and works from any process.
//
// AlreadyExists: `file` is there. NotFound: there is no database. DataLoss: it is damaged.
absl::Status BackupDatabase(const std::filesystem::path& database,
                            const std::filesystem::path& file);

}  // namespace electra::server
