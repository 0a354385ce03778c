// The bytes to send for a corpus: a file's, or those of a tar archive of several, which is never
// stored.
//
//   ASSIGN_OR_RETURN(CorpusContent content, CorpusContent::Open(upload));
//   ... content.ReadAt(offset, buffer, capacity) ...
//
// The archive of the same files has the same bytes each time, so that an upload of it continues
// where it broke off. Not thread-safe. Ownership: owns the open file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/files/local_file.h"
#include "client/transfer/upload.h"

namespace electra::client {

class CorpusContent {
 public:
  static absl::StatusOr<CorpusContent> Open(const UploadOptions& upload);

  int64_t size() const { return size_; }

  // At most `capacity` bytes from `offset` on; fewer only at the end. FailedPrecondition: one of
  // several files has changed.
  absl::StatusOr<size_t> ReadAt(int64_t offset, char* buffer, size_t capacity);

  // Whether the file still ends at its size, for one that grows.
  absl::StatusOr<bool> IsAtEnd();

 private:
  // Bytes, or a file.
  struct Piece {
    int64_t begin = 0;
    int64_t size = 0;
    std::string bytes;
    std::string path;
  };

  void AddBytes(std::string bytes);
  void AddFile(const CorpusFile& file);
  absl::Status ReadPiece(const Piece& piece, int64_t offset, char* buffer, size_t count);

  std::unique_ptr<LocalFile> file_;  // the open one
  std::vector<Piece> pieces_;        // of an archive
  int64_t size_ = 0;
};

}  // namespace electra::client
