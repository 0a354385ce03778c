// Which other process keeps this one from writing to a database in WAL mode. Free function without
// state; thread-safe.
#pragma once

#include <filesystem>

#include "core/base/message.h"

namespace electra::server {

// "process 4711 (sqlite3)", or "another program" where the system does not tell. Opens nothing: to
// close a file would give up this process's own locks on it.
Message LockHolder(const std::filesystem::path& database);

}  // namespace electra::server
