// From the schema that a database file has to the newest one that this daemon knows.
//
// A free function without state.
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>

#include "absl/status/status.h"

namespace electra::server {

// Applies the migrations that the database lacks, all of them in one transaction: it then either
// has the newest schema, or is unchanged. Before that, it is copied to
// `backups/electrad-schema-N-TIME.db` next to `path`, unless it is new.
//
// FailedPrecondition: it was written by a newer electrad, which is named. DataLoss: a row refers to
// one that is not there. ResourceExhausted: there is no room for the copy. Throws
// SQLite::Exception.
absl::Status Migrate(SQLite::Database& connection, const std::filesystem::path& path);

int SchemaVersion(SQLite::Database& connection);

}  // namespace electra::server
