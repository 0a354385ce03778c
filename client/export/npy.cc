#include "client/export/npy.h"

#include <bit>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"

namespace electra::client {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

absl::Status CannotWrite() { return FailedPrecondition(kPhrases.embeddings_unwritten); }

// The magic string, the version, the length of the rest and a Python literal, padded so that the
// numbers begin at a multiple of 64.
std::string Header(int64_t rows, int64_t columns) {
  constexpr size_t kFixed = 10;
  std::string literal = absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (", rows,
                                     ", ", columns, "), }");
  const size_t unpadded = kFixed + literal.size() + 1;
  literal.append((64 - unpadded % 64) % 64, ' ');
  literal += '\n';
  std::string header = "\x93NUMPY";
  header += '\x01';
  header += '\0';
  header += static_cast<char>(literal.size() & 0xFF);
  header += static_cast<char>(literal.size() >> 8);
  return header + literal;
}

}  // namespace

absl::StatusOr<NpyWriter> NpyWriter::Create(const std::filesystem::path& path, int64_t rows,
                                            int64_t columns) {
  std::ofstream out(path, std::ios::binary);
  out << Header(rows, columns);
  if (!out) return CannotWrite();
  return NpyWriter(std::move(out), rows, columns);
}

absl::Status NpyWriter::AddRow(std::span<const float> values) {
  if (rows_left_ == 0 || static_cast<int64_t>(values.size()) != columns_) {
    return LocalError(absl::StatusCode::kDataLoss,
                      Say(kPhrases.embedding_width, values.size(), columns_));
  }
  --rows_left_;
  out_.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size_bytes()));
  return out_ ? absl::OkStatus() : CannotWrite();
}

absl::Status NpyWriter::Finish() {
  out_.close();
  if (!out_) return CannotWrite();
  if (rows_left_ == 0) return absl::OkStatus();
  return LocalError(absl::StatusCode::kDataLoss, Say(kPhrases.embeddings_missing, rows_left_));
}

}  // namespace electra::client
