// Reads zip archives whose entries are stored without compression, as torch.save writes them: the
// entries are views into the mapped file. Zip64 is read; encryption, compression, archives over
// several disks and entries that share bytes are refused, so that reading all entries is never more
// work than reading the file.
//
// Immutable; any number of threads may read one.
//
//   ASSIGN_OR_RETURN(ZipArchive zip, ZipArchive::Open(std::move(mapped_file)));
//   ASSIGN_OR_RETURN(std::span<const std::byte> bytes, zip.Read("archive/data.pkl"));
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "core/base/file.h"

namespace electra {

class ZipArchive {
 public:
  struct Entry {
    uint16_t method = 0;  // 0: stored
    uint32_t crc32 = 0;
    uint64_t size = 0;         // unpacked
    uint64_t stored_size = 0;  // in the file: `size`, where the method is 0
    uint64_t header_offset = 0;
    uint64_t data_offset = 0;  // [data_offset, data_offset + stored_size) lies within the file
  };

  // Checks the directory and every entry's header.
  static absl::StatusOr<ZipArchive> Open(std::shared_ptr<const MappedFile> file);

  const std::map<std::string, Entry>& entries() const { return entries_; }

  // NotFound; InvalidArgument when compressed; DataLoss when the CRC-32 does not match. The bytes
  // live as long as the mapped file.
  absl::StatusOr<std::span<const std::byte>> Read(const std::string& name) const;

 private:
  ZipArchive(std::shared_ptr<const MappedFile> file, std::map<std::string, Entry> entries)
      : file_(std::move(file)), entries_(std::move(entries)) {}

  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, Entry> entries_;
};

}  // namespace electra
