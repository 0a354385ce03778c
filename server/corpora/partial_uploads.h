// The received parts of uploads: one file for each content under uploads/, named by the digest that
// the client announced, so that an interrupted upload continues there, also after a restart.
//
//   std::shared_ptr<PartialUpload> partial = uploads.Claim(sha256);
//   RETURN_IF_ERROR(partial->Write(claim, offset, bytes));
//
// The newest call that claims a content owns it: a client that lost its connection may come back
// before the daemon has noticed; the old call's writes are refused from then on. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/file.h"

namespace electra::server {

enum class GarbageMode { kCount, kRemove };

// How long the bytes of an interrupted upload are kept.
inline constexpr absl::Duration kKeepPartialUploads = absl::Hours(24);

// A file in uploads/ that is being received.
class PartialUpload {
 public:
  explicit PartialUpload(std::filesystem::path path) : path_(std::move(path)) {}

  // The right to write, until the next claim takes it. Does not wait.
  int64_t Claim() { return ++newest_claim_; }
  bool IsNewest(int64_t claim) const { return claim == newest_claim_; }

  // Drops the received bytes where they are more than `whole`: an upload of that size cannot
  // continue from them.
  absl::Status DropIfLonger(int64_t claim, int64_t whole);

  // Writes at `offset`, which is at most the file's size; later bytes are dropped. Aborted: the
  // claim is not the newest. ResourceExhausted: the disk is full.
  absl::Status Write(int64_t claim, int64_t offset, std::string_view bytes);

  // All bytes are there: syncs the file, whose SHA-256 must be this one. DataLoss: it is not, and
  // the file is gone.
  absl::Status Finish(int64_t claim, std::string_view sha256);

  // Moves the finished file away.
  absl::Status MoveTo(int64_t claim, const std::filesystem::path& place);
  // False: the claim is not the newest.
  bool Remove(int64_t claim);

  // Bytes received so far.
  int64_t size() const;
  const std::filesystem::path& path() const { return path_; }
  std::string file_name() const { return path_.filename().string(); }

 private:
  absl::Status CheckClaim(int64_t claim) const;
  // Opens the file for this claim, where another had it open.
  absl::Status Open(int64_t claim) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Close() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::filesystem::path path_;
  std::atomic<int64_t> newest_claim_ = 0;
  absl::Mutex mutex_;
  int64_t opened_by_ ABSL_GUARDED_BY(mutex_) = 0;  // a claim; 0: nobody
  int64_t written_ ABSL_GUARDED_BY(mutex_) = 0;    // the file's size
  FileDescriptor file_ ABSL_GUARDED_BY(mutex_);
};

class PartialUploads {
 public:
  explicit PartialUploads(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }

  // `sha256`: 64 lower-case hexadecimal digits, checked before.
  std::shared_ptr<PartialUpload> Find(std::string_view sha256);

  // The bytes of all partial uploads.
  int64_t TotalBytes() const;

  struct Removed {
    int64_t files = 0;
    int64_t bytes = 0;
  };
  // Removes (or only counts) files that nobody has written to for `age`.
  Removed CollectIdle(absl::Duration age, GarbageMode mode);

 private:
  const std::filesystem::path folder_;
  absl::Mutex mutex_;
  // Uploads that a call is using; by digest.
  std::map<std::string, std::weak_ptr<PartialUpload>, std::less<>> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace electra::server
