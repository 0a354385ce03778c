#include "core/download/partial_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace electra {
namespace {

absl::Status PathErrno(const std::filesystem::path& path) {
  return absl::ErrnoToStatus(errno, path.string());
}

}  // namespace

absl::StatusOr<PartialFile> PartialFile::Open(const std::filesystem::path& path) {
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return PathErrno(path);
  const off_t end = lseek(file.get(), 0, SEEK_END);
  if (end < 0) return PathErrno(path);
  return PartialFile(std::move(file), path, end);
}

int64_t PartialFile::SizeOf(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

absl::Status PartialFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = pwrite(file_.get(), bytes.data(), bytes.size(), size_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return PathErrno(path_);
    size_ += count;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status PartialFile::Clear() {
  if (ftruncate(file_.get(), 0) != 0) return PathErrno(path_);
  size_ = 0;
  return absl::OkStatus();
}

absl::Status PartialFile::Sync() {
  return fsync(file_.get()) == 0 ? absl::OkStatus() : PathErrno(path_);
}

}  // namespace electra
