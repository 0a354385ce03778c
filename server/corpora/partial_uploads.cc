#include "server/corpora/partial_uploads.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "server/base/errors.h"
#include "server/base/transfer_errors.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".part";

absl::Status NotWritten(int error, const fs::path& path) {
  return Error(absl::ErrnoToStatusCode(error),
               Message("UPLOAD_NOT_WRITTEN", "{path}: cannot be written: {error}", path.string(),
                       std::generic_category().message(error)));
}

}  // namespace

absl::Status PartialUpload::CheckClaim(int64_t claim) const {
  if (IsNewest(claim)) return absl::OkStatus();
  return AbortedError("NEWER_UPLOAD", "a newer upload of the same content has taken over");
}

absl::Status PartialUpload::Open(int64_t claim) {
  if (opened_by_ == claim) return absl::OkStatus();
  Close();
  file_ = FileDescriptor(
      open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!file_.valid()) return NotWritten(errno, path_);
  written_ = lseek(file_.get(), 0, SEEK_END);
  opened_by_ = claim;
  return absl::OkStatus();
}

void PartialUpload::Close() {
  file_ = FileDescriptor();
  opened_by_ = 0;
}

absl::Status PartialUpload::DropIfLonger(int64_t claim, int64_t whole) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckClaim(claim));
  if (size() <= whole) return absl::OkStatus();
  Close();
  std::error_code error;
  fs::remove(path_, error);
  if (error) return FileError(path_, error);
  return absl::OkStatus();
}

absl::Status PartialUpload::Write(int64_t claim, int64_t offset, std::string_view bytes) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckClaim(claim));
  const bool is_first = opened_by_ != claim;
  RETURN_IF_ERROR(Open(claim));
  if (is_first && offset >= 0 && offset < written_) {
    if (ftruncate(file_.get(), offset) != 0) return NotWritten(errno, path_);
    written_ = offset;
  }
  if (offset != written_) return ChunkOutOfPlace(offset, written_);
  while (!bytes.empty()) {
    const ssize_t count = pwrite(file_.get(), bytes.data(), bytes.size(), written_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return NotWritten(errno, path_);
    written_ += count;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status PartialUpload::Finish(int64_t claim, std::string_view sha256) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckClaim(claim));
  RETURN_IF_ERROR(Open(claim));  // all of it may have come before
  if (fsync(file_.get()) != 0) return NotWritten(errno, path_);
  ASSIGN_OR_RETURN(const std::string digest, FileSha256Hex(path_));
  if (digest == sha256) return absl::OkStatus();
  Close();
  std::error_code ignored;
  fs::remove(path_, ignored);
  return DamagedOnItsWay();
}

absl::Status PartialUpload::MoveTo(int64_t claim, const fs::path& place) {
  RETURN_IF_ERROR(CheckClaim(claim));  // does not wait while a newer one is being checked
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckClaim(claim));
  Close();
  std::error_code error;
  fs::rename(path_, place, error);
  if (error) return FileError(place, error);
  return SyncDirectory(place.parent_path().string());
}

bool PartialUpload::Remove(int64_t claim) {
  absl::MutexLock lock(&mutex_);
  if (!IsNewest(claim)) return false;
  Close();
  std::error_code ignored;
  fs::remove(path_, ignored);
  return true;
}

int64_t PartialUpload::size() const {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path_, error);
  return error ? 0 : static_cast<int64_t>(size);
}

std::shared_ptr<PartialUpload> PartialUploads::Find(std::string_view sha256) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(open_, [](const auto& entry) { return entry.second.expired(); });
  const auto known = open_.find(sha256);
  if (known != open_.end()) {
    if (std::shared_ptr<PartialUpload> partial = known->second.lock()) return partial;
  }
  auto partial =
      std::make_shared<PartialUpload>(folder_ / absl::StrCat(std::string(sha256), kSuffix));
  open_.insert_or_assign(std::string(sha256), partial);
  return partial;
}

int64_t PartialUploads::TotalBytes() const {
  int64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (entry.path().extension() != kSuffix) continue;
    std::error_code gone;
    const std::uintmax_t size = entry.file_size(gone);
    if (!gone) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

PartialUploads::Removed PartialUploads::CollectIdle(absl::Duration age, GarbageMode mode) {
  absl::MutexLock lock(&mutex_);
  Removed removed;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const fs::path& path = entry.path();
    if (path.extension() != kSuffix) continue;
    const auto used = open_.find(path.stem().string());
    if (used != open_.end() && !used->second.expired()) continue;
    std::error_code problem;
    const auto idle = fs::file_time_type::clock::now() - entry.last_write_time(problem);
    const std::uintmax_t size = entry.file_size(problem);
    if (problem || absl::FromChrono(idle) < age) continue;
    if (mode == GarbageMode::kRemove && !fs::remove(path, problem)) continue;
    ++removed.files;
    removed.bytes += static_cast<int64_t>(size);
  }
  return removed;
}

}  // namespace electra::server
