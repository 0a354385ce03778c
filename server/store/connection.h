// Connections to a database's file, and what SQLite's errors on them mean.
//
// Free functions without state.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace electra::server {

// How long a connection waits for another's lock by itself.
inline constexpr int kBusyTimeoutMs = 5000;

// A connection that can neither write nor checkpoint.
std::unique_ptr<SQLite::Database> OpenReadOnly(const std::filesystem::path& path);

// The one that writes, in WAL mode; creates the file. In a file of more than `checked_whole` bytes,
// the tables that grow with every step are not checked. DataLoss: it is damaged. Throws SQLite's
// exceptions.
absl::StatusOr<std::unique_ptr<SQLite::Database>> OpenWriter(const std::filesystem::path& path,
                                                             int64_t checked_whole);

// All faults of the file, one sentence each: in its pages, and rows whose parent is missing.
std::vector<std::string> FindFaults(SQLite::Database& connection);

// ResourceExhausted with the reason DISK_FULL. DataLoss: the file is damaged. Unavailable: locked.
absl::Status ToStatus(const SQLite::Exception& error);

bool IsLocked(const SQLite::Exception& error);
// Where a file was to be opened.
bool MayBeFull(const SQLite::Exception& error);

// Whether a write failed since the disk is full.
bool IsDiskFull(const absl::Status& status);

absl::Status DiskFullError(const std::string& what);
absl::Status DamagedError(const std::filesystem::path& path, const std::string& what);
// FailedPrecondition with the reason DATABASE_LOCKED: another program has had the file for this
// long.
absl::Status LockedError(const std::filesystem::path& path, absl::Duration time);

}  // namespace electra::server
