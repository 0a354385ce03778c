// A corpus of several files: a POSIX tar archive (private to core/text).
//
// Reads its plain files in their order, each with its own encoding, compression and header; so no
// text of one runs into the next. Errors name the file and its line. Folders, hidden files and
// entries with the archive's own notes are skipped; links and devices are refused.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/file.h"
#include "core/text/corpus_reader.h"
#include "core/text/record_reader.h"

namespace electra {

// Bytes of a header, and the unit in which a tar archive stores files.
inline constexpr std::size_t kArchiveBlock = 512;

// Whether a file begins as a tar archive: `start` is its first bytes, kArchiveBlock if it is that
// long.
bool IsArchive(std::string_view start);

class ArchiveReader : public CorpusReader {
 public:
  static absl::StatusOr<std::unique_ptr<CorpusReader>> Open(const std::filesystem::path& path,
                                                            const CorpusOptions& options);

  absl::StatusOr<bool> Next(std::string* sample) override;
  std::int64_t line() const override { return file_ == nullptr ? line_ : file_->line(); }
  std::string_view file() const override { return name_; }
  const CorpusCounts& counts() const override { return counts_; }
  std::int64_t bytes_read() const override;
  std::int64_t file_size() const override { return size_; }

 private:
  ArchiveReader(std::filesystem::path path, FileDescriptor archive, std::int64_t size,
                const CorpusOptions& options);

  // The next file of the archive into file_; false at its end.
  absl::StatusOr<bool> OpenNext();
  absl::Status EndFile();
  absl::Status Damaged(std::int64_t at, const Message& problem) const;

  const std::filesystem::path path_;
  const FileDescriptor archive_;
  const std::int64_t size_;
  const CorpusOptions options_;
  std::int64_t unpacked_left_;  // bytes, of all files together

  std::int64_t next_ = 0;               // where the next header begins
  std::int64_t begin_ = 0;              // of the file that is read
  std::unique_ptr<RecordReader> file_;  // null: between two
  std::string name_;
  std::int64_t line_ = 0;
  CorpusCounts before_;  // of the files that are done
  CorpusCounts counts_;
};

}  // namespace electra
