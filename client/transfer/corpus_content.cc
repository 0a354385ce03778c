#include "client/transfer/corpus_content.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

constexpr size_t kBlock = 512;
constexpr size_t kMostName = 100;  // bytes; a longer one is a file of its own before it
constexpr int64_t kMostOctal = int64_t{1} << 33;

std::string SizeField(int64_t size) {
  if (size < kMostOctal) return absl::StrFormat("%011o", size);
  std::string bytes(12, '\0');
  bytes[0] = '\x80';
  for (size_t i = 0; i < 8; ++i) bytes[11 - i] = static_cast<char>((size >> (8 * i)) & 0xFF);
  return bytes;
}

// In GNU tar's format; without owner and time, which are not part of a text.
std::string Header(std::string_view name, int64_t size, char type) {
  std::string header(kBlock, '\0');
  const auto put = [&](size_t at, std::string_view text) { header.replace(at, text.size(), text); };
  put(0, name.substr(0, kMostName));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, SizeField(size));
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(257, "ustar  ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, absl::StrFormat("%06o", sum));
  header[154] = '\0';
  return header;
}

std::string Padding(int64_t size) {
  const auto over = static_cast<size_t>(size) % kBlock;
  return std::string(over == 0 ? 0 : kBlock - over, '\0');
}

}  // namespace

void CorpusContent::AddBytes(std::string bytes) {
  if (bytes.empty()) return;
  const auto size = static_cast<int64_t>(bytes.size());
  pieces_.push_back({.begin = size_, .size = size, .bytes = std::move(bytes)});
  size_ += size;
}

void CorpusContent::AddFile(const CorpusFile& file) {
  if (file.name.size() > kMostName) {
    const auto size = static_cast<int64_t>(file.name.size()) + 1;
    AddBytes(absl::StrCat(Header("././@LongLink", size, 'L'), file.name, std::string(1, '\0'),
                          Padding(size)));
  }
  AddBytes(Header(file.name, file.size_bytes, '0'));
  if (file.size_bytes > 0) {
    pieces_.push_back({.begin = size_, .size = file.size_bytes, .path = file.path});
  }
  size_ += file.size_bytes;
  AddBytes(Padding(file.size_bytes));
}

absl::StatusOr<CorpusContent> CorpusContent::Open(const UploadOptions& upload) {
  CorpusContent content;
  if (upload.files.empty()) {
    const std::string& path = upload.converted != nullptr ? upload.converted->path() : upload.path;
    ASSIGN_OR_RETURN(LocalFile file, LocalFile::Open(path));
    content.file_ = std::make_unique<LocalFile>(std::move(file));
    content.size_ = content.file_->size();
    return content;
  }
  for (const CorpusFile& file : upload.files) content.AddFile(file);
  content.AddBytes(std::string(2 * kBlock, '\0'));
  return content;
}

absl::Status CorpusContent::ReadPiece(const Piece& piece, int64_t offset, char* buffer,
                                      size_t count) {
  if (piece.path.empty()) {
    piece.bytes.copy(buffer, count, static_cast<size_t>(offset));
    return absl::OkStatus();
  }
  if (file_ == nullptr || file_->path() != piece.path) {
    ASSIGN_OR_RETURN(LocalFile file, LocalFile::Open(piece.path));
    file_ = std::make_unique<LocalFile>(std::move(file));
  }
  ASSIGN_OR_RETURN(const size_t read, file_->ReadAt(offset, buffer, count));
  if (read == count && file_->size() == piece.size) return absl::OkStatus();
  return FailedPrecondition(kPhrases.changed_while_sent, Visible(piece.path));
}

absl::StatusOr<size_t> CorpusContent::ReadAt(int64_t offset, char* buffer, size_t capacity) {
  if (pieces_.empty()) return file_->ReadAt(offset, buffer, capacity);
  size_t filled = 0;
  while (filled < capacity && offset < size_) {
    const auto after =
        std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                         [](int64_t place, const Piece& piece) { return place < piece.begin; });
    const Piece& piece = *(after - 1);
    const int64_t begin = offset - piece.begin;
    const size_t count = std::min(capacity - filled, static_cast<size_t>(piece.size - begin));
    RETURN_IF_ERROR(ReadPiece(piece, begin, buffer + filled, count));
    filled += count;
    offset += static_cast<int64_t>(count);
  }
  return filled;
}

absl::StatusOr<bool> CorpusContent::IsAtEnd() {
  char beyond = 0;
  ASSIGN_OR_RETURN(const size_t more, ReadAt(size_, &beyond, 1));
  return more == 0;
}

}  // namespace electra::client
