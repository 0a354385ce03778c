#include "core/text/csv_parser.h"

#include <utility>

#include "core/base/message.h"
#include "core/base/status_macros.h"

namespace electra {

absl::Status TooManyColumns(std::int64_t line) {
  return InvalidArgumentError("TOO_MANY_COLUMNS",
                              "line {line}: more than {limit} columns; is this the format?", line,
                              CsvParser::kMaxColumns);
}

void CsvParser::StartRecord() {
  complete_ = false;
  state_ = State::kRecordStart;
  field_.clear();
  fields_.clear();
  field_count_ = 0;
  record_bytes_ = 0;
  line_end_bytes_ = 0;
  record_line_ = line_;
  long_quote_begin_ = 0;
  long_quote_end_ = 0;
}

void CsvParser::Append(std::string_view text) {
  if (Keeps()) field_.append(text);
}

absl::Status CsvParser::EndField() {
  if (Keeps()) fields_.push_back(std::exchange(field_, {}));
  ++field_count_;
  if (field_count_ > kMaxColumns) {
    return TooManyColumns(record_line_);
  }
  return absl::OkStatus();
}

absl::Status CsvParser::EndRecord() {
  RETURN_IF_ERROR(EndField());
  complete_ = true;
  return absl::OkStatus();
}

// Length of the characters at the start of `text` that mean nothing in this state.
std::size_t CsvParser::PlainRun(std::string_view text) const {
  std::size_t n = std::string_view::npos;
  if (state_ == State::kUnquoted) {
    const char special[] = {separator_, '\r', '\n'};
    n = text.find_first_of(std::string_view(special, sizeof special));
  } else if (state_ == State::kQuoted) {
    n = text.find_first_of("\"\n");
  } else {
    return 0;
  }
  return n == std::string_view::npos ? text.size() : n;
}

absl::StatusOr<bool> CsvParser::Parse(std::string_view text, std::size_t* used) {
  if (complete_) StartRecord();
  std::size_t i = 0;
  while (i < text.size() && !complete_) {
    const std::size_t run = PlainRun(text.substr(i));
    Append(text.substr(i, run));
    i += run;
    record_bytes_ += static_cast<std::int64_t>(run);
    if (i < text.size()) {
      ++record_bytes_;
      RETURN_IF_ERROR(Step(text[i++]));
    }
    if (record_bytes_ > max_record_bytes_ && state_ == State::kQuoted) {
      return InvalidArgumentError("QUOTE_TOO_LONG",
                                  "line {line}: the quote opened here is not closed within {limit} "
                                  "bytes; with --quoting none quotes are text",
                                  quote_line_, max_record_bytes_);
    }
    if (record_bytes_ > max_record_bytes_) {
      return InvalidArgumentError("RECORD_TOO_LONG",
                                  "line {line}: a record of more than {limit} bytes; split it",
                                  record_line_, max_record_bytes_);
    }
  }
  *used = i;
  return complete_;
}

// The quote in progress may have ended.
void CsvParser::NoteQuote() {
  if (line_ - quote_line_ <= long_quote_end_ - long_quote_begin_) return;
  long_quote_begin_ = quote_line_;
  long_quote_end_ = line_;
}

absl::Status CsvParser::Step(char c) {
  if (c == '\n') ++line_;
  const bool ends_line = c == '\n' && state_ != State::kQuoted;
  if (ends_line) ++line_end_bytes_;
  switch (state_) {
    case State::kReturnSeen:
      if (c == '\n') return EndRecord();
      // A lone carriage return is text, but not after a closing quote, where kQuoteSeen refuses it.
      Append("\r");
      line_end_bytes_ = 0;
      state_ = State::kUnquoted;
      return Step(c);
    case State::kRecordStart:
    case State::kFieldStart:
      if (c == '"') {
        quote_line_ = line_;
        state_ = State::kQuoted;
        return absl::OkStatus();
      }
      state_ = State::kUnquoted;
      [[fallthrough]];
    case State::kUnquoted:
      if (c == '\n') return EndRecord();
      if (c == '\r') {
        ++line_end_bytes_;
        state_ = State::kReturnSeen;
      } else if (c == separator_) {
        state_ = State::kFieldStart;
        return EndField();
      } else {
        Append(std::string_view(&c, 1));
      }
      return absl::OkStatus();
    case State::kQuoted:
      if (c == '"') {
        state_ = State::kQuoteSeen;
        NoteQuote();
      } else {
        Append(std::string_view(&c, 1));
      }
      return absl::OkStatus();
    case State::kQuoteSeen:
      break;
  }
  // After a quote inside quotes.
  if (c == '"') {
    Append("\"");
    state_ = State::kQuoted;
    return absl::OkStatus();
  }
  if (c == '\n') return EndRecord();
  if (c == '\r') return absl::OkStatus();  // of CRLF
  if (c == separator_) {
    state_ = State::kFieldStart;
    return EndField();
  }
  return InvalidArgumentError(
      "TEXT_AFTER_QUOTE",
      "line {line}: the quote opened here closes in line {closing_line} with text after it; write "
      "a quote inside a quoted field twice (\"\"); with --quoting none quotes are text",
      quote_line_, line_);
}

absl::StatusOr<bool> CsvParser::Finish() {
  if (complete_ || state_ == State::kRecordStart) return false;
  if (state_ == State::kQuoted) {
    return InvalidArgumentError("QUOTE_NOT_CLOSED",
                                "line {line}: the quote opened here is never closed; with "
                                "--quoting none quotes are text",
                                quote_line_);
  }
  RETURN_IF_ERROR(EndRecord());
  return true;
}

}  // namespace electra
