#include "server/store/backup.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status_macros.h"
#include "server/store/database.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

absl::Status Copy(const fs::path& database, const fs::path& file) {
  const std::unique_ptr<SQLite::Database> source = OpenReadOnly(database);
  SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  // All pages in one step, so within one read transaction: the daemon's next commits are not in it.
  SQLite::Backup(copy, *source).executeStep(-1);
  copy.exec("PRAGMA journal_mode = DELETE");  // one file, without a WAL
  const std::string check = copy.execAndGet("PRAGMA integrity_check(1)").getString();
  if (check == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(database.string(), " is damaged: ", check));
}

absl::Status Sync(const fs::path& file) {
  const FileDescriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.valid() && fsync(descriptor.get()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat(file.string(), ": cannot be synced"));
}

absl::Status CopyAndSync(const fs::path& database, const fs::path& file) {
  try {
    RETURN_IF_ERROR(Copy(database, file));
  } catch (const SQLite::Exception& error) {
    return ToStatus(error);
  }
  return Sync(file);
}

}  // namespace

absl::Status BackupDatabase(const fs::path& database, const fs::path& file) {
  std::error_code error;
  if (!fs::exists(database, error)) {
    return absl::NotFoundError(absl::StrCat("there is no database ", database.string(),
                                            ": name the daemon's folder with --data-dir"));
  }
  if (fs::exists(fs::symlink_status(file, error))) {
    return absl::AlreadyExistsError(
        absl::StrCat(file.string(), " is there already: name another file"));
  }
  const fs::path unfinished = file.string() + ".unfinished";
  fs::remove(unfinished, error);
  absl::Status status = CopyAndSync(database, unfinished);
  if (status.ok()) {
    fs::rename(unfinished, file, error);
    if (error) status = absl::InternalError(absl::StrCat(file.string(), ": ", error.message()));
  }
  if (!status.ok()) {
    fs::remove(unfinished, error);
    return status;
  }
  return SyncDirectory(fs::absolute(file).parent_path().string());
}

}  // namespace electra::server
