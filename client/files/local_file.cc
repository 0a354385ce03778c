#include "client/files/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include "client/i18n/phrases.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

constexpr size_t kBlock = 1 << 20;

absl::Status FileError(const std::string& path, const Phrase& what, int error) {
  return FailedPrecondition(what, Visible(path), SystemReason(error));
}

}  // namespace

absl::StatusOr<LocalFile> LocalFile::Open(const std::string& path) {
  // Non-blocking: opening a pipe that nobody writes to would wait forever.
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return FileError(path, kPhrases.cannot_open, errno);
  struct stat facts = {};
  if (fstat(descriptor, &facts) != 0) {
    const int error = errno;
    close(descriptor);
    return FileError(path, kPhrases.cannot_read, error);
  }
  LocalFile file(path, descriptor, facts.st_size);
  if (S_ISDIR(facts.st_mode)) return FileError(path, kPhrases.cannot_read, EISDIR);
  if (!S_ISREG(facts.st_mode)) {
    return FailedPrecondition(kPhrases.cannot_read, Visible(path), kPhrases.not_regular);
  }
  return file;
}

LocalFile::LocalFile(std::string path, int descriptor, int64_t size)
    : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

LocalFile::LocalFile(LocalFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

LocalFile::~LocalFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<size_t> LocalFile::ReadAt(int64_t offset, char* buffer, size_t capacity) const {
  size_t filled = 0;
  while (filled < capacity) {
    const ssize_t count = pread(descriptor_, buffer + filled, capacity - filled,
                                static_cast<off_t>(offset) + static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path_, kPhrases.cannot_read, errno);
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  return filled;
}

absl::StatusOr<std::string> ReadWhole(const std::string& path, int64_t limit) {
  ASSIGN_OR_RETURN(const LocalFile file, LocalFile::Open(path));
  // One byte more, so that a file that grows beyond the limit is noticed too.
  std::string content(static_cast<size_t>(std::min(file.size(), limit)) + 1, '\0');
  ASSIGN_OR_RETURN(const size_t count, file.ReadAt(0, content.data(), content.size()));
  if (file.size() > limit || static_cast<int64_t>(count) > limit) {
    return LocalError(
        absl::StatusCode::kResourceExhausted,
        Say(kPhrases.too_large, Visible(path), FormatBytes(file.size()), FormatBytes(limit)));
  }
  content.resize(count);
  return content;
}

absl::StatusOr<std::string> Sha256(const LocalFile& file,
                                   const std::function<bool(int64_t bytes)>& on_block) {
  const ReadAtFunction read = [&](int64_t offset, char* buffer, size_t capacity) {
    return file.ReadAt(offset, buffer, capacity);
  };
  return Sha256(read, on_block);
}

absl::StatusOr<std::string> Sha256(const ReadAtFunction& read,
                                   const std::function<bool(int64_t bytes)>& on_block) {
  electra::Sha256 digest;
  std::vector<char> block(kBlock);
  for (int64_t offset = 0;;) {
    ASSIGN_OR_RETURN(const size_t count, read(offset, block.data(), block.size()));
    if (count == 0) break;
    digest.Update({block.data(), count});
    offset += static_cast<int64_t>(count);
    if (!on_block(offset)) return LocalError(absl::StatusCode::kCancelled, kPhrases.interrupted);
  }
  return digest.FinishHex();
}

std::string BaseName(const std::string& path) {
  return Visible(std::filesystem::path(path).filename().string());
}

}  // namespace electra::client
