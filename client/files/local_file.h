// Local files that are sent to the server.
//
// Not thread-safe. Ownership: owns the descriptor.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace electra::client {

class LocalFile {
 public:
  // Regular files only: a pipe or device has no size and cannot be read twice.
  static absl::StatusOr<LocalFile> Open(const std::string& path);

  LocalFile(LocalFile&& other) noexcept;
  LocalFile& operator=(LocalFile&&) = delete;
  ~LocalFile();

  // At the time of Open().
  int64_t size() const { return size_; }
  const std::string& path() const { return path_; }

  // At most `capacity` bytes from `offset` on; fewer only at the end of the file.
  absl::StatusOr<size_t> ReadAt(int64_t offset, char* buffer, size_t capacity) const;

 private:
  LocalFile(std::string path, int descriptor, int64_t size);

  std::string path_;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

// The whole file. ResourceExhausted with both sizes where it is larger than `limit` bytes.
absl::StatusOr<std::string> ReadWhole(const std::string& path, int64_t limit);

// Lower-case hexadecimal. Calls on_block(bytes so far) after each block; stops with Cancelled
// where that returns false.
absl::StatusOr<std::string> Sha256(const LocalFile& file,
                                   const std::function<bool(int64_t bytes)>& on_block);

// The same for content that a function reads like LocalFile::ReadAt.
using ReadAtFunction =
    std::function<absl::StatusOr<size_t>(int64_t offset, char* buffer, size_t capacity)>;
absl::StatusOr<std::string> Sha256(const ReadAtFunction& read,
                                   const std::function<bool(int64_t bytes)>& on_block);

// The last part of a path, as text: for people, not for opening files.
std::string BaseName(const std::string& path);

}  // namespace electra::client
