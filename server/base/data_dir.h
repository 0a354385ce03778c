// The folder that holds everything a daemon keeps. One daemon at a time owns it, by a lock that the
// kernel frees when the process ends, however it ends.
//
//   electrad.db      corpora, jobs and their history
//   corpora/         uploaded text, by SHA-256
//   vocabularies/    submitted vocab.txt files, by SHA-256
//   models/          imported models, a folder each
//   jobs/ID/         a job's vocabulary and checkpoints, and its model fine-tuned
//   token_caches/    tokenized corpora, shared by jobs
//   uploads/         unfinished uploads; corpora by SHA-256, so that they can be resumed
//   backups/         copies of electrad.db from before upgrades
//   reserve          room that is freed when the disk is full
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
  // Creates missing folders and takes the lock. Creates only the last component of `root`, unless
  // it is DefaultDataDir(). Closes the folder's contents to other users; leaves `root` itself,
  // which may serve other purposes too, as it is and logs that it is open. FailedPrecondition:
  // another daemon has it, or its parent is missing. PermissionDenied: the folder cannot be
  // written.
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
  // Holds the best fine-tuned model, in a folder named after its seed.
  std::filesystem::path finetuning(std::string_view job, std::string_view name) const {
    return this->job(job) / "finetunings" / name;
  }
  std::filesystem::path token_caches() const { return root_ / "token_caches"; }
  std::filesystem::path uploads() const { return root_ / "uploads"; }
  std::filesystem::path disk_reserve() const { return root_ / "reserve"; }

  // Bytes that the daemon may still write on its disk; nullopt where the system does not tell.
  std::optional<int64_t> free_bytes() const;

 private:
  DataDir(std::filesystem::path root, int lock) : root_(std::move(root)), lock_(lock) {}

  std::filesystem::path root_;
  int lock_ = -1;  // file descriptor that holds the lock
};

// `/var/lib/electrad` if it can be written, else electrad in the XDG data folder.
std::filesystem::path DefaultDataDir();

// The folder and its contents, as far as other users of the machine can reach and use them: the
// folder first. Empty where they cannot enter it.
std::vector<std::filesystem::path> OpenToOthers(const std::filesystem::path& folder);

// The size of all files below it; 0 where there are none.
int64_t FolderBytes(const std::filesystem::path& folder);

}  // namespace electra::server
