#include "server/store/migrate.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "migrations/migrations.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/version.h"
#include "server/store/backup.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

bool HasRecord(SQLite::Database& connection) { return connection.tableExists("migrations"); }

// "electrad 0.4.0 (0012_sweeps.sql)", or nothing where the database does not say.
std::string WriterOf(SQLite::Database& connection) {
  if (!HasRecord(connection)) return "";
  SQLite::Statement query(connection,
                          "SELECT electrad, name FROM migrations ORDER BY version DESC LIMIT 1");
  if (!query.executeStep()) return "";
  return absl::StrCat("electrad ", query.getColumn(0).getString(), " (",
                      query.getColumn(1).getString(), ")");
}

absl::Status Newer(SQLite::Database& connection, const fs::path& path, int version, int newest) {
  const std::string writer = WriterOf(connection);
  return absl::FailedPreconditionError(absl::StrCat(
      path.string(), " was written by ", writer.empty() ? "a newer electrad" : writer, ": schema ",
      version, ", electrad ", kVersion, " knows ", newest,
      ". Start that version, restore the copy in ", (path.parent_path() / "backups").string(),
      " that was made before the upgrade, or name another data folder"));
}

absl::Status CopyBefore(const fs::path& path, int version) {
  const fs::path folder = path.parent_path() / "backups";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return absl::InternalError(absl::StrCat(folder.string(), ": ", error.message()));
  const std::string time = absl::FormatTime("%Y%m%dT%H%M%E3SZ", absl::Now(), absl::UTCTimeZone());
  const fs::path copy = folder / absl::StrCat("electrad-schema-", version, "-", time, ".db");
  const absl::Status status = BackupDatabase(path, copy);
  if (!status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat("the database is not upgraded, since it could not be copied "
                                     "to ",
                                     copy.string(), ": ", std::string(status.message())));
  }
  Log(LogLevel::kInfo, "database_copied",
      {{"before", "upgrade"}, {"schema", absl::StrCat(version)}, {"copy", copy.string()}});
  return absl::OkStatus();
}

void Record(SQLite::Database& connection, const Migration& migration) {
  SQLite::Statement insert(connection, "INSERT INTO migrations VALUES (?, ?, ?, ?)");
  insert.bind(1, migration.version);
  insert.bind(2, std::string(migration.name));
  insert.bind(3, kVersion);
  insert.bind(4, NowMicros());
  insert.exec();
}

absl::Status CheckReferences(SQLite::Database& connection, const fs::path& path) {
  SQLite::Statement broken(connection, "PRAGMA foreign_key_check");
  if (!broken.executeStep()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path.string(), ": a row of table ",
                                          broken.getColumn(0).getString(),
                                          " refers to one that is not there"));
}

// Within a transaction.
absl::Status Apply(SQLite::Database& connection, const fs::path& path, int version) {
  const auto missing = Migrations().subspan(static_cast<size_t>(version));
  for (const Migration& migration : missing) connection.exec(std::string(migration.sql));
  RETURN_IF_ERROR(CheckReferences(connection, path));
  if (HasRecord(connection)) {
    for (const Migration& migration : missing) Record(connection, migration);
  }
  connection.exec(absl::StrCat("PRAGMA user_version = ", missing.back().version));
  return absl::OkStatus();
}

}  // namespace

int SchemaVersion(SQLite::Database& connection) {
  return connection.execAndGet("PRAGMA user_version").getInt();
}

absl::Status Migrate(SQLite::Database& connection, const fs::path& path) {
  const int newest = static_cast<int>(Migrations().size());
  const int version = SchemaVersion(connection);
  if (version > newest) return Newer(connection, path, version, newest);
  if (version == newest) return absl::OkStatus();
  if (version > 0) RETURN_IF_ERROR(CopyBefore(path, version));
  // A table that is made anew is dropped in between, which must not touch the rows that refer to
  // it. The pragma has no effect inside of a transaction.
  connection.exec("PRAGMA foreign_keys = OFF");
  connection.exec("BEGIN IMMEDIATE");
  try {
    if (absl::Status status = Apply(connection, path, version); !status.ok()) {
      connection.exec("ROLLBACK");
      return status;
    }
    connection.exec("COMMIT");
  } catch (const SQLite::Exception&) {
    connection.tryExec("ROLLBACK");
    throw;
  }
  connection.exec("PRAGMA foreign_keys = ON");
  Log(LogLevel::kInfo, "database_upgraded",
      {{"from", absl::StrCat(version)}, {"to", absl::StrCat(newest)}});
  return absl::OkStatus();
}

}  // namespace electra::server
