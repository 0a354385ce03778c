#include "core/text/archive_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file_error.h"
#include "core/base/message.h"
#include "core/base/safe_text.h"
#include "core/base/status_macros.h"
#include "core/text/open_file.h"

namespace electra {
namespace {

using Block = std::array<char, kArchiveBlock>;

// Places of a header's fields, in bytes.
struct HeaderField {
  std::size_t begin;
  std::size_t size;
};
constexpr HeaderField kName{0, 100};
constexpr HeaderField kSize{124, 12};
constexpr HeaderField kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr HeaderField kMagic{257, 5};
constexpr HeaderField kVersion{262, 3};
constexpr HeaderField kPrefix{345, 155};

constexpr std::int64_t kMostLongName = 4096;

std::string_view Bytes(std::string_view header, HeaderField field) {
  return header.substr(field.begin, field.size);
}

// Up to its first NUL.
std::string_view TextOf(std::string_view header, HeaderField field) {
  const std::string_view bytes = Bytes(header, field);
  return bytes.substr(0, bytes.find('\0'));
}

std::optional<std::int64_t> Octal(std::string_view digits) {
  std::int64_t number = 0;
  bool has_digit = false;
  for (const char c : digits) {
    if (c == ' ' || c == '\0') {
      if (has_digit) break;
      continue;
    }
    if (c < '0' || c > '7') return std::nullopt;
    number = number * 8 + (c - '0');
    has_digit = true;
  }
  return has_digit ? std::optional(number) : std::nullopt;
}

// Above 8 GiB the number is written in bytes, after a byte 0x80.
std::optional<std::int64_t> SizeOf(std::string_view header) {
  const std::string_view field = Bytes(header, kSize);
  if (field.front() != '\x80') return Octal(field);
  std::int64_t number = 0;
  for (const char c : field.substr(1)) {
    if (number >= std::int64_t{1} << 54) return std::nullopt;
    number = number * 256 + static_cast<unsigned char>(c);
  }
  return number;
}

// The sum of all bytes, with blanks instead of the sum.
bool ChecksumFits(std::string_view header) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool is_checksum = i >= kChecksum.begin && i < kChecksum.begin + kChecksum.size;
    sum += static_cast<unsigned char>(is_checksum ? ' ' : header[i]);
  }
  return Octal(Bytes(header, kChecksum)) == sum;
}

// As in GNU's tar and POSIX; only the latter splits long names.
std::string NameOf(std::string_view header) {
  const std::string_view name = TextOf(header, kName);
  const bool is_posix = Bytes(header, kVersion) == std::string_view("\00000", 3);
  const std::string_view prefix = is_posix ? TextOf(header, kPrefix) : "";
  return EscapeActive(prefix.empty() ? std::string(name)
                                     : absl::StrCat(std::string(prefix), "/", std::string(name)));
}

// The name that another file before this one holds as its content; empty where it cannot be read.
std::string LongName(int archive, std::int64_t at, std::int64_t bytes) {
  std::string name(static_cast<std::size_t>(std::min(bytes, kMostLongName)), '\0');
  const ssize_t count = pread(archive, name.data(), name.size(), at);
  name.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return EscapeActive(name.substr(0, name.find('\0')));
}

bool IsHidden(std::string_view name) { return name.substr(name.rfind('/') + 1).starts_with('.'); }

CorpusCounts Sum(const CorpusCounts& a, const CorpusCounts& b) {
  const bool first =
      a.longest_quote_end - a.longest_quote_begin >= b.longest_quote_end - b.longest_quote_begin;
  const CorpusCounts& longest = first ? a : b;
  return {.samples = a.samples + b.samples,
          .blank_samples = a.blank_samples + b.blank_samples,
          .skipped_samples = a.skipped_samples + b.skipped_samples,
          .replaced_samples = a.replaced_samples + b.replaced_samples,
          .multi_line_samples = a.multi_line_samples + b.multi_line_samples,
          .longest_quote_begin = longest.longest_quote_begin,
          .longest_quote_end = longest.longest_quote_end};
}

}  // namespace

bool IsArchive(std::string_view start) {
  return start.size() >= kArchiveBlock && Bytes(start, kMagic) == "ustar" &&
         ChecksumFits(start.substr(0, kArchiveBlock));
}

ArchiveReader::ArchiveReader(std::filesystem::path path, FileDescriptor archive, std::int64_t size,
                             const CorpusOptions& options)
    : path_(std::move(path)),
      archive_(std::move(archive)),
      size_(size),
      options_(options),
      unpacked_left_(MostUnpacked(options.unpack, size)) {}

absl::StatusOr<std::unique_ptr<CorpusReader>> ArchiveReader::Open(const std::filesystem::path& path,
                                                                  const CorpusOptions& options) {
  FileDescriptor archive(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!archive.valid()) return NotOpenedError(errno, options.display_name);
  const off_t size = lseek(archive.get(), 0, SEEK_END);
  if (size < 0) return NotReadError(errno, options.display_name);
  std::unique_ptr<ArchiveReader> reader(new ArchiveReader(path, std::move(archive), size, options));
  // A fault at the beginning is reported at once, as for any corpus.
  ASSIGN_OR_RETURN(const bool has_file, reader->OpenNext());
  if (has_file) return reader;
  return Within(options.display_name,
                InvalidArgumentError("EMPTY_ARCHIVE", "the archive holds no file"));
}

std::int64_t ArchiveReader::bytes_read() const {
  const std::int64_t at = file_ == nullptr ? next_ : begin_ + file_->bytes_read();
  return std::min(at, size_);
}

absl::Status ArchiveReader::Damaged(std::int64_t at, const Message& problem) const {
  return Within(
      options_.display_name,
      DataLossError("ARCHIVE_DAMAGED", "byte {byte} of the archive: {problem}", at, problem));
}

absl::StatusOr<bool> ArchiveReader::OpenNext() {
  for (std::string long_name;;) {
    Block block;
    const std::int64_t at = next_;
    const ssize_t count = pread(archive_.get(), block.data(), block.size(), at);
    if (count < 0) return NotReadError(errno, options_.display_name);
    const std::string_view header(block.data(), static_cast<std::size_t>(count));
    if (header.size() < block.size()) {
      next_ = size_;
      return Damaged(at, Message("FILE_ENDS_TOO_EARLY", "the file ends too early"));
    }
    if (std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; })) {
      next_ = size_;
      return false;
    }
    const std::optional<std::int64_t> bytes = SizeOf(header);
    if (!IsArchive(header) || !bytes) {
      return Damaged(at, Message("NO_ARCHIVE_HEADER", "a file's header should stand there"));
    }
    begin_ = at + static_cast<std::int64_t>(kArchiveBlock);
    const std::int64_t blocks = (*bytes + 511) / 512;
    next_ = begin_ + blocks * static_cast<std::int64_t>(kArchiveBlock);
    const char type = header[kType];
    if (type == 'L') long_name = LongName(archive_.get(), begin_, *bytes);
    if (std::string_view("5xgLK").find(type) != std::string_view::npos) continue;
    const std::string name = long_name.empty() ? NameOf(header) : std::exchange(long_name, {});
    if (type != '0' && type != '\0' && type != '7') {
      return Within(absl::StrCat(options_.display_name, "/", name),
                    InvalidArgumentError("NOT_A_FILE", "is not a regular file"));
    }
    if (*bytes == 0 || IsHidden(name)) continue;
    CorpusOptions options = options_;
    options.display_name = absl::StrCat(options_.display_name, "/", name);
    options.unpack = {.max_bytes = unpacked_left_, .max_ratio = 1, .ratio_from = unpacked_left_};
    ASSIGN_OR_RETURN(file_, OpenFile(path_, {.begin = begin_, .size = *bytes}, options));
    file_->AllowNoText();
    name_ = name;
    return true;
  }
}

absl::Status ArchiveReader::EndFile() {
  unpacked_left_ = std::max<std::int64_t>(0, unpacked_left_ - file_->bytes_given());
  line_ = file_->line();
  before_ = counts_;
  const bool is_cut = begin_ + file_->file_size() > size_;
  file_ = nullptr;
  if (!is_cut) return absl::OkStatus();
  return Damaged(size_, Message("FILE_ENDS_TOO_EARLY", "the file ends too early"));
}

absl::StatusOr<bool> ArchiveReader::Next(std::string* sample) {
  while (true) {
    if (file_ == nullptr) {
      ASSIGN_OR_RETURN(const bool has_file, OpenNext());
      if (!has_file) break;
    }
    ASSIGN_OR_RETURN(const bool more, file_->Next(sample));
    counts_ = Sum(before_, file_->counts());
    if (more) return true;
    RETURN_IF_ERROR(EndFile());
  }
  if (counts_.samples > 0) return false;
  return NoText(options_.display_name, counts_);
}

}  // namespace electra
