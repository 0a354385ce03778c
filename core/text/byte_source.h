// Bytes of a file, unpacked when they are gzip or zstd (private to core/text).
//
// Not thread-safe. Memory does not depend on the file: a buffer each for packed and unpacked bytes,
// and zstd's window, of which at most 128 MiB is accepted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/text/corpus_reader.h"

namespace electra {

// A part of a file, which may end before it.
struct FileRange {
  std::int64_t begin = 0;
  std::int64_t size = -1;  // to the end of the file
};

// How many bytes this many packed ones may unpack to.
std::int64_t MostUnpacked(const UnpackLimits& limits, std::int64_t packed_bytes);

class ByteSource {
 public:
  // `name` stands for the path in errors. NotFound, PermissionDenied, InvalidArgument (no regular
  // file).
  static absl::StatusOr<std::unique_ptr<ByteSource>> Open(const std::filesystem::path& path,
                                                          const FileRange& range, std::string name,
                                                          const UnpackLimits& limits);
  virtual ~ByteSource() = default;

  // Fills up to `capacity` (> 0) bytes and returns how many; 0 only at the end. DataLoss: packed
  // bytes are damaged or end too early. ResourceExhausted: they unpack to more than the limits.
  virtual absl::StatusOr<std::size_t> Read(char* buffer, std::size_t capacity) = 0;

  virtual std::int64_t bytes_given() const = 0;  // by Read
  virtual std::int64_t bytes_read() const = 0;   // of the file, or of its part
  virtual std::int64_t file_size() const = 0;
};

}  // namespace electra
