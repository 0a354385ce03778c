// The folder that holds everything a daemon keeps. One daemon at a time owns it, by a lock that the
// kernel frees when the process ends, however it ends.
//
//   electrad.db      corpora, jobs and their history
//   corpora/         uploaded text, by SHA-256
//   vocabularies/    submitted vocab.txt files, by SHA-256
//   models/          imported models, a folder each
//   jobs/ID/         a job's vocabulary and checkpoints
//   token_caches/    tokenized corpora, shared by jobs
//   uploads/         what is being received; corpora by SHA-256, to go on from
//   backups/         copies of electrad.db from before upgrades
//   reserve          room on the disk that is given up when it is full
//
// Nobody but the data folder's user may read any of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace electra::server {

class DataDir {
 public:
  // Creates what is missing and takes the lock; of `root` itself the last component alone, unless
  // it is DefaultDataDir(). What is in the folder and open to other users is closed to them; of the
  // folder itself, which may be there for more than this, the log says so. FailedPrecondition: another
  // daemon has it, or its parent is missing. PermissionDenied: the folder cannot be written.
  static absl::StatusOr<DataDir> Open(const std::filesystem::path& root);

  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path database() const { return root_ / "electrad.db"; }
  std::filesystem::path corpus(std::string_view sha256) const { return root_ / "corpora" / sha256; }
  std::filesystem::path vocabulary(std::string_view sha256) const {
    return root_ / "vocabularies" / sha256;
  }
  std::filesystem::path model(std::string_view folder) const { return root_ / "models" / folder; }
  std::filesystem::path job(std::string_view name) const { return root_ / "jobs" / name; }
  std::filesystem::path token_caches() const { return root_ / "token_caches"; }
  std::filesystem::path uploads() const { return root_ / "uploads"; }
  std::filesystem::path disk_reserve() const { return root_ / "reserve"; }

  // Bytes that are free for the daemon on its disk; nothing where the system does not tell.
  std::optional<int64_t> free_bytes() const;

 private:
  DataDir(std::filesystem::path root, int lock) : root_(std::move(root)), lock_(lock) {}

  std::filesystem::path root_;
  int lock_ = -1;  // file descriptor that holds the lock
};

// `/var/lib/electrad` if it can be written, else electrad in the XDG data folder.
std::filesystem::path DefaultDataDir();

// The folder and what lies in it, as far as other users of the machine may reach and use it: the
// folder first. Nothing where they cannot enter it.
std::vector<std::filesystem::path> OpenToOthers(const std::filesystem::path& folder);

// The sum over all files below; 0 where there is nothing.
int64_t FolderBytes(const std::filesystem::path& folder);

}  // namespace electra::server
