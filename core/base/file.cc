#include "core/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file_error.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"

namespace electra {
namespace {

constexpr size_t kWriteBuffer = size_t{1} << 16;

// O_NONBLOCK: opening a pipe must not wait for its writer; it has no effect on regular files.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

absl::Status OpenError(int error, const std::string& path) {
  if (error == ENOENT) return Within(path, NotFoundError("NO_SUCH_FILE", "no such file"));
  if (error == ELOOP) {
    return Within(path, InvalidArgumentError("SYMBOLIC_LINK",
                                             "is a symbolic link, which is not followed; copy the "
                                             "file itself (cp -L)"));
  }
  return NotOpenedError(error, path);
}

absl::Status NotSynced(int error, const std::string& path) {
  return SystemError(error, path,
                     Message("NOT_SYNCED", "cannot be synced: {reason}", SystemReason(error)));
}

// The size of a regular file; an error for anything else.
absl::StatusOr<int64_t> RegularSize(const FileDescriptor& file, const std::string& path) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return NotReadError(errno, path);
  if (!S_ISREG(status.st_mode)) {
    return Within(path, InvalidArgumentError("NOT_A_FILE", "is not a regular file"));
  }
  return static_cast<int64_t>(status.st_size);
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<std::shared_ptr<const MappedFile>> MappedFile::Open(const std::string& path) {
  FileDescriptor file(open(path.c_str(), kReadFlags));
  if (!file.valid()) return OpenError(errno, path);
  return Map(file, path);
}

absl::StatusOr<std::shared_ptr<const MappedFile>> MappedFile::Map(const FileDescriptor& file,
                                                                  const std::string& path) {
  ASSIGN_OR_RETURN(int64_t size, RegularSize(file, path));
  std::span<const std::byte> bytes;
  if (size > 0) {
    void* address = mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address == MAP_FAILED) {
      return SystemError(errno, path,
                         Message("NOT_MAPPED", "cannot be mapped: {reason}", SystemReason(errno)));
    }
    bytes = {static_cast<const std::byte*>(address), static_cast<size_t>(size)};
  }
  struct Public : MappedFile {  // make_shared cannot reach a private constructor
    Public(std::span<const std::byte> bytes, std::string path)
        : MappedFile(bytes, std::move(path)) {}
  };
  return std::make_shared<const Public>(bytes, path);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

absl::StatusOr<ModelDirectory> ModelDirectory::Open(const std::string& path) {
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (!fd.valid()) {
    if (errno == ENOENT) {
      return Within(path, NotFoundError("NO_SUCH_DIRECTORY", "no such directory"));
    }
    if (errno == ENOTDIR) {
      return Within(path, InvalidArgumentError("NOT_A_DIRECTORY", "is not a directory"));
    }
    return NotOpenedError(errno, path);
  }
  return ModelDirectory(std::move(fd), path);
}

std::string ModelDirectory::PathOf(std::string_view name) const {
  return absl::StrCat(path_, "/", std::string(name));
}

bool ModelDirectory::Has(std::string_view name) const {
  struct stat status {};
  return IsPlainName(name) &&
         fstatat(fd_.get(), std::string(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

absl::StatusOr<FileDescriptor> ModelDirectory::OpenFile(std::string_view name) const {
  if (!IsPlainName(name)) {
    return Within(path_,
                  InvalidArgumentError("NOT_A_FILE_NAME", "{name} is not the name of a file in it",
                                       Quoted(name, 300)));
  }
  FileDescriptor file(openat(fd_.get(), std::string(name).c_str(), kReadFlags));
  if (!file.valid()) return OpenError(errno, PathOf(name));
  return file;
}

absl::StatusOr<std::shared_ptr<const MappedFile>> ModelDirectory::Map(std::string_view name) const {
  ASSIGN_OR_RETURN(FileDescriptor file, OpenFile(name));
  return MappedFile::Map(file, PathOf(name));
}

absl::StatusOr<std::string> ModelDirectory::Read(std::string_view name, int64_t max_bytes) const {
  ASSIGN_OR_RETURN(FileDescriptor file, OpenFile(name));
  ASSIGN_OR_RETURN(int64_t size, RegularSize(file, PathOf(name)));
  if (size > max_bytes) {
    return Within(PathOf(name), ResourceExhaustedError("FILE_TOO_LARGE",
                                                       "has {size} bytes; at most {limit} are read",
                                                       size, max_bytes));
  }
  std::string text(static_cast<size_t>(size), '\0');
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = read(file.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return NotReadError(errno, PathOf(name));
    if (count == 0) {
      return Within(PathOf(name),
                    DataLossError("FILE_SHORTENED", "was shortened while it was read"));
    }
    done += static_cast<size_t>(count);
  }
  return text;
}

absl::StatusOr<FileWriter> FileWriter::Create(const std::string& path) {
  FileDescriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
  if (!file.valid()) return OpenError(errno, path);
  RETURN_IF_ERROR(RegularSize(file, path).status());
  return FileWriter(std::move(file), path);
}

absl::Status FileWriter::Write(std::span<const std::byte> bytes) {
  if (bytes.size() >= kWriteBuffer) {
    RETURN_IF_ERROR(Flush());
    return WriteAll(bytes);
  }
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return buffer_.size() >= kWriteBuffer ? Flush() : absl::OkStatus();
}

absl::Status FileWriter::Write(std::string_view text) {
  return Write(std::as_bytes(std::span(text.data(), text.size())));
}

absl::Status FileWriter::Finish() {
  RETURN_IF_ERROR(Flush());
  if (fsync(fd_.get()) != 0) return NotSynced(errno, path_);
  fd_ = FileDescriptor();
  return absl::OkStatus();
}

absl::Status FileWriter::Flush() {
  RETURN_IF_ERROR(WriteAll(std::as_bytes(std::span(buffer_.data(), buffer_.size()))));
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status FileWriter::WriteAll(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return SystemError(
          errno, path_, Message("NOT_WRITTEN", "cannot be written: {reason}", SystemReason(errno)));
    }
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status WriteTextFile(const std::string& path, std::string_view text) {
  ASSIGN_OR_RETURN(FileWriter writer, FileWriter::Create(path));
  RETURN_IF_ERROR(writer.Write(text));
  return writer.Finish();
}

absl::Status SyncDirectory(const std::string& path) {
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (!fd.valid() || fsync(fd.get()) != 0) return NotSynced(errno, path);
  return absl::OkStatus();
}

}  // namespace electra
