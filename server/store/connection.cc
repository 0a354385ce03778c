#include "server/store/connection.h"

#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "server/store/lock_holder.h"

namespace electra::server {
namespace {

constexpr int kPrimaryCode = 0xff;  // of an extended one

void Configure(SQLite::Database& connection) {
  connection.exec("PRAGMA foreign_keys = ON");
  connection.exec("PRAGMA temp_store = MEMORY");
}

// The damage to the file; empty: the checks found none.
std::string FindDamage(SQLite::Database& connection, const std::filesystem::path& path,
                       int64_t checked_whole) {
  std::vector<std::string> checks;
  if (static_cast<int64_t>(std::filesystem::file_size(path)) <= checked_whole) {
    checks = {"PRAGMA quick_check(1)"};
  } else {
    // Their rows are nearly the whole file.
    SQLite::Statement tables(connection,
                             "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
                             "('events', 'step_metrics', 'samples', 'evaluations')");
    while (tables.executeStep()) {
      checks.push_back(absl::StrCat("PRAGMA quick_check('", tables.getColumn(0).getString(), "')"));
    }
  }
  for (const std::string& check : checks) {
    std::string said = connection.execAndGet(check).getString();
    if (said != "ok") return said;
  }
  return "";
}

// SQLite lets a read-only connection write the WAL's pages back, and leave the WAL.
int RefuseCheckpoints(void*, int action, const char* name, const char*, const char*, const char*) {
  const bool refused = action == SQLITE_PRAGMA && (sqlite3_stricmp(name, "wal_checkpoint") == 0 ||
                                                   sqlite3_stricmp(name, "journal_mode") == 0);
  return refused ? SQLITE_DENY : SQLITE_OK;
}

}  // namespace

std::vector<std::string> FindFaults(SQLite::Database& connection) {
  std::vector<std::string> faults;
  SQLite::Statement integrity(connection, "PRAGMA integrity_check(20)");
  while (integrity.executeStep()) {
    std::string line = integrity.getColumn(0).getString();
    if (line != "ok") faults.push_back(std::move(line));
  }
  SQLite::Statement keys(connection, "PRAGMA foreign_key_check");
  while (keys.executeStep()) {
    faults.push_back(absl::StrCat("a row of ", keys.getColumn(0).getString(),
                                  " belongs to none of ", keys.getColumn(2).getString()));
  }
  return faults;
}

absl::Status ToStatus(const SQLite::Exception& error) {
  if (error.getExtendedErrorCode() == SQLITE_IOERR_SHMSIZE) return DiskFullError(error.what());
  const Message message = Message("DATABASE_ERROR", "database: {error}", error.what());
  switch (error.getErrorCode()) {
    case SQLITE_FULL:
      return DiskFullError(error.what());
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(absl::StatusCode::kDataLoss, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(absl::StatusCode::kUnavailable, message);
    default:
      return Error(absl::StatusCode::kInternal, message);
  }
}

bool IsDiskFull(const absl::Status& status) { return MessageOf(status).code() == "DISK_FULL"; }

// On a full disk, SQLite may only report that it cannot open its file of shared memory.
bool MayBeFull(const SQLite::Exception& error) {
  const int code = error.getErrorCode() & kPrimaryCode;
  return code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
}

bool IsLocked(const SQLite::Exception& error) {
  const int code = error.getErrorCode() & kPrimaryCode;
  return code == SQLITE_BUSY || code == SQLITE_PROTOCOL;
}

absl::Status DamagedError(const std::filesystem::path& path, const std::string& what) {
  return DataLossError(
      "DATABASE_DAMAGED",
      "{path} is damaged: {damage}. Restore a backup (`electrad backup --help` says "
      "how), or start with another data folder",
      path.string(), what);
}

absl::Status LockedError(const std::filesystem::path& path, absl::Duration time) {
  return FailedPreconditionError("DATABASE_LOCKED",
                                 "{path} has been locked by {holder} for {seconds} s: end its "
                                 "transaction there, then try again",
                                 path.string(), LockHolder(path),
                                 absl::ToInt64Seconds(absl::Ceil(time, absl::Seconds(1))));
}

absl::Status DiskFullError(const std::string& what) {
  return ResourceExhaustedError(
      "DISK_FULL", "database: {error}: free space on the data folder's file system", what);
}

std::unique_ptr<SQLite::Database> OpenReadOnly(const std::filesystem::path& path) {
  auto reader =
      std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READONLY, kBusyTimeoutMs);
  Configure(*reader);
  sqlite3_set_authorizer(reader->getHandle(), &RefuseCheckpoints, nullptr);
  sqlite3_db_config(reader->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return reader;
}

absl::StatusOr<std::unique_ptr<SQLite::Database>> OpenWriter(const std::filesystem::path& path,
                                                             int64_t checked_whole) {
  auto writer = std::make_unique<SQLite::Database>(
      path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
  writer->exec("PRAGMA journal_mode = WAL");
  writer->exec("PRAGMA synchronous = FULL");
  writer->exec("PRAGMA journal_size_limit = 67108864");
  Configure(*writer);
  const std::string problem = FindDamage(*writer, path, checked_whole);
  if (!problem.empty()) return DamagedError(path, problem);
  return writer;
}

}  // namespace electra::server
