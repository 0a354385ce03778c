// Records of RFC 4180 out of text that comes in pieces (private to core/text). Keeps one field of
// each record, or all of a header. Beyond the RFC: LF ends a record as CRLF does, and a quote
// inside an unquoted field stands for itself.
//
// Not thread-safe. Memory: the fields kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra {

class CsvParser {
 public:
  static constexpr std::size_t kMaxColumns = 10000;

  CsvParser(char separator, std::int64_t max_record_bytes)
      : separator_(separator), max_record_bytes_(max_record_bytes) {}

  // Fields to keep from the next record on: one, or all.
  void KeepOnly(std::size_t column) { kept_column_ = column; }

  // Parses from the start of `text`, going on where the last piece ended, and sets `*used`. True:
  // a record is complete, text[*used] begins the next one. False: all is used, more is needed.
  // InvalidArgument (without the corpus's name): quotes that do not fit, too long a record, too
  // many columns.
  absl::StatusOr<bool> Parse(std::string_view text, std::size_t* used);

  // The text has ended. True: that completes a last record, which had no line end.
  absl::StatusOr<bool> Finish();

  // About the complete record, until the next call.
  std::int64_t record_line() const { return record_line_; }  // where it begins, from 1
  // The first and last line of its quote that encloses the most; 0: none encloses any.
  std::int64_t long_quote_begin() const { return long_quote_begin_; }
  std::int64_t long_quote_end() const { return long_quote_end_; }
  std::size_t field_count() const { return field_count_; }
  bool is_blank() const { return field_count_ == 1 && record_bytes_ <= line_end_bytes_; }
  std::vector<std::string>& fields() { return fields_; }  // those kept

 private:
  enum class State { kRecordStart, kFieldStart, kUnquoted, kQuoted, kQuoteSeen, kReturnSeen };

  static constexpr std::size_t kAllColumns = static_cast<std::size_t>(-1);

  void StartRecord();
  bool Keeps() const { return kept_column_ == kAllColumns || kept_column_ == field_count_; }
  void Append(std::string_view text);
  absl::Status EndField();
  absl::Status EndRecord();
  absl::Status Step(char c);  // outside of runs of plain characters
  void NoteQuote();
  std::size_t PlainRun(std::string_view text) const;

  const char separator_;
  const std::int64_t max_record_bytes_;
  std::size_t kept_column_ = kAllColumns;

  State state_ = State::kRecordStart;
  bool complete_ = true;
  std::string field_;
  std::vector<std::string> fields_;
  std::size_t field_count_ = 0;
  std::int64_t record_bytes_ = 0;
  std::int64_t line_end_bytes_ = 0;
  std::int64_t line_ = 1;
  std::int64_t record_line_ = 1;
  std::int64_t quote_line_ = 1;
  std::int64_t long_quote_begin_ = 0;
  std::int64_t long_quote_end_ = 0;
};

// InvalidArgument (without the corpus's name): more than kMaxColumns.
absl::Status TooManyColumns(std::int64_t line);

}  // namespace electra
