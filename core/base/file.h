// Files: descriptors that close themselves, files that are mapped or written with fsync, and the
// directory of a model. Links are not followed, and only regular files are opened.
//
// Names inside a ModelDirectory come from foreign files (an index names its shards), so a name is
// one plain component: no '/', no "..". Errors carry the full path. Not thread-safe, except for
// MappedFile.
//
//   ASSIGN_OR_RETURN(ModelDirectory directory, ModelDirectory::Open("/models/koelectra"));
//   ASSIGN_OR_RETURN(std::string json, directory.Read("config.json", 1 << 20));
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra {

// Closes a descriptor when it goes.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // The descriptor, which the caller closes.
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// A whole file, mapped for reading. Immutable, so safe to share between threads. The file must not
// be shortened while it is mapped (the pages past its end would fault): give it only files that
// nobody else writes.
class MappedFile {
 public:
  // A regular file only; a symbolic link, a pipe or a device is refused.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Open(const std::string& path);
  // The same for a file that is open; `path` is for messages.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const FileDescriptor& file,
                                                               const std::string& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  MappedFile(std::span<const std::byte> bytes, std::string path)
      : bytes_(bytes), path_(std::move(path)) {}

  std::span<const std::byte> bytes_;
  std::string path_;
};

// A directory held open, so that all reads are of one directory even if its path changes.
class ModelDirectory {
 public:
  static absl::StatusOr<ModelDirectory> Open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string PathOf(std::string_view name) const;

  // Whether anything has that name, links included.
  bool Has(std::string_view name) const;

  // NotFound when absent; InvalidArgument when not a regular file or the name has a '/'.
  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(std::string_view name) const;

  // The bytes; ResourceExhausted when the file is longer than `max_bytes`.
  absl::StatusOr<std::string> Read(std::string_view name, int64_t max_bytes) const;

 private:
  ModelDirectory(FileDescriptor fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  absl::StatusOr<FileDescriptor> OpenFile(std::string_view name) const;

  FileDescriptor fd_;
  std::string path_;
};

// Writes one file from its start, buffered; an existing file is overwritten, a link refused.
// Finish() writes the rest, fsyncs and closes; without it the file is incomplete.
class FileWriter {
 public:
  static absl::StatusOr<FileWriter> Create(const std::string& path);

  absl::Status Write(std::span<const std::byte> bytes);
  absl::Status Write(std::string_view text);
  absl::Status Finish();

 private:
  FileWriter(FileDescriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  absl::Status Flush();
  absl::Status WriteAll(std::span<const std::byte> bytes);

  FileDescriptor fd_;
  std::string path_;
  std::string buffer_;
};

// A whole file, as FileWriter writes it.
absl::Status WriteTextFile(const std::string& path, std::string_view text);

// Makes the entries of a directory durable.
absl::Status SyncDirectory(const std::string& path);

}  // namespace electra
