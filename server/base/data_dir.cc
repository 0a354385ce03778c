#include "server/base/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/text/token_cache_writer.h"
#include "server/base/log.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolders[] = {"corpora", "vocabularies", "models",
                                    "jobs",    "token_caches", "uploads"};
// Next to them; SQLite gives its other files the rights of the database.
constexpr const char* kFiles[] = {"backups", "electrad.db", "electrad.db-wal", "electrad.db-shm"};

absl::Status PathError(const fs::path& path, const std::error_code& error) {
  const std::string message = absl::StrCat("data folder: ", path.string(), ": ", error.message());
  if (error == std::errc::permission_denied || error == std::errc::read_only_file_system) {
    return absl::PermissionDeniedError(
        absl::StrCat(message, ". Name a folder that can be written with --data-dir"));
  }
  return absl::FailedPreconditionError(message);
}

constexpr fs::perms kOfOthers = fs::perms::group_all | fs::perms::others_all;

bool IsOpenToOthers(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::exists(status) && (status.permissions() & kOfOthers) != fs::perms::none;
}

// A user who cannot enter a folder cannot read anything in it: its contents may stay as they are.
void CloseToOthers(const fs::path& root) {
  for (const fs::path& path : OpenToOthers(root)) {
    std::error_code error = std::make_error_code(std::errc::operation_not_permitted);
    // Somebody else may have made the folder, and not only for the daemon.
    if (path != root) fs::permissions(path, kOfOthers, fs::perm_options::remove, error);
    if (!error) {
      Log(LogLevel::kInfo, "closed_to_others", {{"path", path.string()}});
      continue;
    }
    Log(LogLevel::kWarning, "open_to_others",
        {{"path", path.string()},
         {"note", absl::StrCat("other users of this machine can look into it: `chmod go= ",
                               path.string(), "`")}});
  }
}

// Only its last component: a missing parent often means that a disk is not mounted. The parents of
// the default are the user's own; a new account may lack them.
absl::Status CreateRoot(const fs::path& root) {
  std::error_code error;
  if (root == DefaultDataDir()) fs::create_directories(root.parent_path(), error);
  // A path may end with a separator.
  const fs::path folder = root.has_filename() ? root : root.parent_path();
  if (fs::create_directory(folder, error)) fs::permissions(folder, fs::perms::owner_all, error);
  if (error == std::errc::no_such_file_or_directory) {
    return absl::FailedPreconditionError(absl::StrCat(
        "data folder: ", folder.string(), ": there is no folder ", folder.parent_path().string(),
        ": mount its disk or create it, or name another folder with --data-dir"));
  }
  return error ? PathError(folder, error) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<DataDir> DataDir::Open(const fs::path& root) {
  RETURN_IF_ERROR(CreateRoot(root));
  std::error_code error;
  for (const char* folder : kFolders) {
    fs::create_directory(root / folder, error);
    if (error) return PathError(root / folder, error);
  }
  const fs::path absolute = fs::canonical(root, error);
  if (error) return PathError(root, error);

  const fs::path lock_path = absolute / "electrad.lock";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return PathError(lock_path, std::error_code(errno, std::generic_category()));
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int problem = errno;
    close(lock);
    if (problem != EWOULDBLOCK) {
      return PathError(lock_path, std::error_code(problem, std::generic_category()));
    }
    return absl::FailedPreconditionError(
        absl::StrCat("another electrad is using the data folder ", absolute.string(),
                     ": stop it, or name another folder with --data-dir"));
  }

  CloseToOthers(absolute);
  // Files that an earlier daemon was still writing or building belong to nobody now. Partly
  // received corpora wait for their clients.
  for (const auto& entry : fs::directory_iterator(absolute / "uploads", error)) {
    std::error_code ignored;
    if (entry.path().extension() != ".part") fs::remove_all(entry.path(), ignored);
  }
  RemoveUnfinishedTokenCaches(absolute / "token_caches");
  return DataDir(absolute, lock);
}

DataDir::DataDir(DataDir&& other) noexcept
    : root_(std::move(other.root_)), lock_(std::exchange(other.lock_, -1)) {}

DataDir::~DataDir() {
  if (lock_ >= 0) close(lock_);
}

std::optional<int64_t> DataDir::free_bytes() const {
  std::error_code error;
  const fs::space_info space = fs::space(root_, error);
  if (error) return std::nullopt;
  return static_cast<int64_t>(space.available);
}

fs::path DefaultDataDir() {
  fs::path system = "/var/lib/electrad";
  if (access(system.c_str(), W_OK) == 0 ||
      (!fs::exists(system) && access(system.parent_path().c_str(), W_OK) == 0)) {
    return system;
  }
  if (const char* xdg = std::getenv("XDG_DATA_HOME"); xdg != nullptr && xdg[0] == '/') {
    return fs::path(xdg) / "electrad";
  }
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : ".") / ".local/share/electrad";
}

std::vector<fs::path> OpenToOthers(const fs::path& folder) {
  std::vector<fs::path> open;
  if (!IsOpenToOthers(folder)) return open;
  open.push_back(folder);
  const auto add = [&](const char* name) {
    if (IsOpenToOthers(folder / name)) open.push_back(folder / name);
  };
  for (const char* name : kFolders) add(name);
  for (const char* name : kFiles) add(name);
  return open;
}

int64_t FolderBytes(const fs::path& folder) {
  std::error_code error;
  if (fs::is_regular_file(folder, error)) return static_cast<int64_t>(fs::file_size(folder, error));
  int64_t bytes = 0;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;  // a file that goes meanwhile
    if (!entry->is_regular_file(ignored)) continue;
    const std::uintmax_t size = entry->file_size(ignored);
    if (!ignored) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace electra::server
