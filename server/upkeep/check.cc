#include "server/upkeep/check.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "server/base/data_dir.h"
#include "core/loop/checkpoint.h"
#include "migrations/migrations.h"
#include "server/models/files.h"
#include "server/store/database.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

class Checker {
 public:
  Checker(const fs::path& root, SQLite::Database& connection)
      : root_(root), connection_(connection) {}

  CheckReport Run() && {
    CheckDatabase();
    CheckContents("corpora", "SELECT DISTINCT sha256 FROM corpora", &report_.corpora);
    int64_t vocabularies = 0;
    CheckContents("vocabularies",
                  "SELECT DISTINCT vocabulary_sha256 FROM jobs WHERE vocabulary_sha256 <> ''",
                  &vocabularies);
    CheckModels();
    CheckLogs();
    CheckJobFolders();
    return std::move(report_);
  }

    report_.open_to_others = OpenToOthers(root_);
 private:
  void Problem(std::string text) { report_.problems.push_back(std::move(text)); }

  void CheckDatabase() {
    SQLite::Statement integrity(connection_, "PRAGMA integrity_check(20)");
    while (integrity.executeStep()) {
      const std::string line = integrity.getColumn(0).getString();
      if (line != "ok") Problem(absl::StrCat("electrad.db: ", line));
    }
    SQLite::Statement keys(connection_, "PRAGMA foreign_key_check");
    while (keys.executeStep()) {
      Problem(absl::StrCat("electrad.db: a row of ", keys.getColumn(0).getString(),
                           " belongs to none of ", keys.getColumn(2).getString()));
    }
  }

  // Files of a folder that are named by their digests, which `query` lists.
  void CheckContents(const std::string& folder, const char* query, int64_t* count) {
    std::set<std::string> digests;
    SQLite::Statement rows(connection_, query);
    while (rows.executeStep()) digests.insert(rows.getColumn(0).getString());
    *count = static_cast<int64_t>(digests.size());
    for (const std::string& digest : digests) {
      const absl::StatusOr<std::string> found = FileSha256Hex(root_ / folder / digest);
      if (!found.ok()) {
        Problem(absl::StrCat(folder, "/", digest, ": ", std::string(found.status().message())));
      } else if (*found != digest) {
        Problem(absl::StrCat(folder, "/", digest, " is damaged: its SHA-256 is ", *found));
      }
    }
    for (const std::string& name : FileNames(folder)) {
      if (!digests.contains(name)) report_.orphans.push_back(absl::StrCat(folder, "/", name));
    }
  }

  void CheckModels() {
    std::set<std::string> folders;
    SQLite::Statement rows(connection_, "SELECT folder, name, sha256 FROM models");
    while (rows.executeStep()) {
      folders.insert(rows.getColumn(0).getString());
      const fs::path folder = root_ / "models" / rows.getColumn(0).getString();
      const std::string model = absl::StrCat("models/", rows.getColumn(1).getString());
      const absl::StatusOr<std::string> found = ModelFolderSha256(folder);
      if (!found.ok()) {
        Problem(absl::StrCat(model, ": ", std::string(found.status().message())));
      } else if (*found != rows.getColumn(2).getString()) {
        Problem(absl::StrCat(model, ": a file in ", folder.string(),
                             " is damaged, missing or more than was imported"));
      }
    }
    for (const std::string& name : FileNames("models")) {
      if (!folders.contains(name)) report_.orphans.push_back(absl::StrCat("models/", name));
    }
  }

  void CheckLogs() {
    SQLite::Statement rows(
        connection_,
        "SELECT name, last_sequence, count(events.sequence), coalesce(min(events.sequence), 0), "
        "coalesce(max(events.sequence), 0), state, step, "
        "(SELECT count(*) FROM step_metrics WHERE job_id = jobs.id) + skipped_steps, model_path "
        "FROM jobs LEFT JOIN events ON events.job_id = jobs.id GROUP BY jobs.id");
    while (rows.executeStep()) {
      ++report_.jobs;
      const std::string job = absl::StrCat("jobs/", rows.getColumn(0).getString());
      const int64_t last = rows.getColumn(1).getInt64();
      const int64_t count = rows.getColumn(2).getInt64();
      report_.events += count;
      if (count != last || rows.getColumn(4).getInt64() != last ||
          (last > 0 && rows.getColumn(3).getInt64() != 1)) {
        Problem(absl::StrCat(job, ": its log has ", count, " events, numbered up to ",
                             rows.getColumn(4).getInt64(), ", of ", last));
      }
      if (rows.getColumn(5).getString() != "SUCCEEDED") continue;
      if (rows.getColumn(7).getInt64() < rows.getColumn(6).getInt64()) {
        Problem(absl::StrCat(job, ": the history has ", rows.getColumn(7).getInt64(), " of ",
                             rows.getColumn(6).getInt64(), " steps"));
      }
      const std::string model = rows.getColumn(8).getString();
      std::error_code error;
      if (!fs::exists(model, error)) Problem(absl::StrCat(job, ": its model ", model, " is gone"));
    }
  }

  void CheckJobFolders() {
    std::set<std::string> names;
    SQLite::Statement rows(connection_, "SELECT name FROM jobs");
    while (rows.executeStep()) names.insert(rows.getColumn(0).getString());
    for (const std::string& name : FileNames("jobs")) {
      if (!names.contains(name)) {
        report_.orphans.push_back(absl::StrCat("jobs/", name));
        continue;
      }
      for (const fs::path& checkpoint : ListCheckpoints(root_ / "jobs" / name / "checkpoints")) {
        ++report_.checkpoints;
        const absl::Status status = VerifyCheckpoint(checkpoint);
        if (!status.ok()) {
          Problem(absl::StrCat(checkpoint.string(), ": ", std::string(status.message())));
        }
      }
    }
  }

  std::set<std::string> FileNames(const std::string& folder) const {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root_ / folder, error)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  const fs::path root_;
  SQLite::Database& connection_;
  CheckReport report_;
};

}  // namespace

absl::StatusOr<CheckReport> CheckDataFolder(const fs::path& root) {
  const fs::path database = root / "electrad.db";
  std::error_code error;
  if (!fs::exists(database, error)) {
    return absl::NotFoundError(absl::StrCat("there is no database ", database.string(),
                                            ": name the daemon's folder with --data-dir"));
  }
  try {
    const std::unique_ptr<SQLite::Database> connection = OpenReadOnly(database);
    connection->exec("BEGIN");
    const int version = connection->execAndGet("PRAGMA user_version").getInt();
    if (version != static_cast<int>(Migrations().size())) {
      return absl::FailedPreconditionError(
          absl::StrCat(database.string(), " has schema ", version, ", this electrad ",
                       Migrations().size(), ": start it once, which migrates what is older"));
    }
    return Checker(root, *connection).Run();
  } catch (const SQLite::Exception& exception) {
    const absl::Status status = ToStatus(exception);
    return absl::Status(status.code(),
                        absl::StrCat(database.string(), ": ", std::string(status.message())));
  }
}

}  // namespace electra::server
