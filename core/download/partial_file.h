// A file that arrives in pieces and may be continued later.
//
//   ASSIGN_OR_RETURN(PartialFile file, PartialFile::Open(path));
//   RETURN_IF_ERROR(file.Append(bytes));
//
// Not thread-safe. Owns the descriptor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/file.h"

namespace electra {

class PartialFile {
 public:
  // Creates it if it is missing; continues at its end.
  static absl::StatusOr<PartialFile> Open(const std::filesystem::path& path);

  // 0 for a missing file.
  static int64_t SizeOf(const std::filesystem::path& path);

  int64_t size() const { return size_; }
  absl::Status Append(std::string_view bytes);
  absl::Status Clear();
  // All that was appended survives a loss of power.
  absl::Status Sync();

 private:
  PartialFile(FileDescriptor file, std::filesystem::path path, int64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  FileDescriptor file_;
  std::filesystem::path path_;
  int64_t size_ = 0;
};

}  // namespace electra
