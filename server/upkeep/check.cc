#include "server/upkeep/check.h"

#include <limits>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint.h"
#include "core/loop/checkpoint_folders.h"
#include "migrations/migrations.h"
#include "server/base/data_dir.h"
#include "server/models/files.h"
#include "server/store/corpora.h"
#include "server/store/database.h"
#include "server/store/events.h"
#include "server/store/jobs.h"
#include "server/store/migrate.h"
#include "server/store/models.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

class Checker {
 public:
  Checker(const fs::path& root, Reader& reader) : root_(root), reader_(reader) {}

  CheckReport Run() && {
    for (const std::string& fault : FindFaults(reader_.connection())) {
      Problem(absl::StrCat("electrad.db: ", fault));
    }
    const std::set<std::string> contents = StoredContents(reader_);
    report_.corpora = static_cast<int64_t>(contents.size());
    CheckContents("corpora", contents);
    CheckContents("vocabularies", UsedVocabularies(reader_));
    CheckModels();
    VisitJobLogs(reader_, [this](const JobLog& log) { CheckLog(log); });
    CheckJobFolders();
    report_.open_to_others = OpenToOthers(root_);
    return std::move(report_);
  }

 private:
  void Problem(std::string text) { report_.problems.push_back(std::move(text)); }

  // Files of a folder that are named by their digests.
  void CheckContents(const std::string& folder, const std::set<std::string>& digests) {
    for (const std::string& digest : digests) {
      const absl::StatusOr<std::string> found = FileSha256Hex(root_ / folder / digest);
      if (!found.ok()) {
        Problem(absl::StrCat(folder, "/", digest, ": ", std::string(found.status().message())));
      } else if (*found != digest) {
        Problem(absl::StrCat(folder, "/", digest, " is damaged: its SHA-256 is ", *found));
      }
    }
    FindOrphans(folder, digests);
  }

  void CheckModels() {
    for (const ModelRow& row : ListModels(reader_, 0, std::numeric_limits<int>::max())) {
      const fs::path folder = root_ / "models" / row.folder;
      const std::string model = absl::StrCat("models/", row.name);
      const absl::StatusOr<std::string> found = ModelFolderSha256(folder);
      if (!found.ok()) {
        Problem(absl::StrCat(model, ": ", std::string(found.status().message())));
      } else if (*found != row.sha256) {
        Problem(absl::StrCat(model, ": a file in ", folder.string(),
                             " is damaged, missing or more than was imported"));
      }
    }
    FindOrphans("models", ModelFolders(reader_));
  }

  void CheckLog(const JobLog& log) {
    ++report_.jobs;
    report_.events += log.events;
    const std::string job = absl::StrCat("jobs/", log.name);
    const int64_t last = log.last_sequence;
    if (log.events != last || log.last != last || (last > 0 && log.first != 1)) {
      Problem(absl::StrCat(job, ": its log has ", log.events, " events, numbered up to ", log.last,
                           ", of ", last));
    }
    if (log.state != v1::SUCCEEDED) return;
    if (log.recorded_steps < log.steps) {
      Problem(
          absl::StrCat(job, ": the history has ", log.recorded_steps, " of ", log.steps, " steps"));
    }
    std::error_code error;
    if (!fs::exists(log.model_path, error)) {
      Problem(absl::StrCat(job, ": its model ", log.model_path, " is gone"));
    }
  }

  void CheckJobFolders() {
    const std::set<std::string> names = JobNames(reader_);
    FindOrphans("jobs", names);
    for (const std::string& name : names) {
      for (const fs::path& checkpoint : ListCheckpoints(CheckpointsDir(root_ / "jobs" / name))) {
        ++report_.checkpoints;
        const absl::Status status = VerifyCheckpoint(checkpoint);
        if (!status.ok()) {
          Problem(absl::StrCat(checkpoint.string(), ": ", std::string(status.message())));
        }
      }
    }
  }

  // Finds the folder's entries that are not in `wanted`.
  void FindOrphans(const std::string& folder, const std::set<std::string>& wanted) {
    for (const std::string& name : FileNames(folder)) {
      if (!wanted.contains(name)) report_.orphans.push_back(absl::StrCat(folder, "/", name));
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
  Reader& reader_;
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
    const int version = SchemaVersion(*connection);
    if (version != static_cast<int>(Migrations().size())) {
      return absl::FailedPreconditionError(
          absl::StrCat(database.string(), " has schema ", version, ", this electrad ",
                       Migrations().size(), ": start it once, which migrates what is older"));
    }
    Reader reader(*connection);
    return Checker(root, reader).Run();
  } catch (const SQLite::Exception& exception) {
    const absl::Status status = ToStatus(exception);
    return absl::Status(status.code(),
                        absl::StrCat(database.string(), ": ", std::string(status.message())));
  }
}

}  // namespace electra::server
