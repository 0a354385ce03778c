#include "core/text/table_reader.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/text/csv_parser.h"
#include "core/text/record_reader.h"
#include "core/text/tsv_fields.h"

namespace electra {
namespace {

// The common part of the readers of columns: which column holds the text.
class TableReader : public RecordReader {
 public:
  using RecordReader::RecordReader;

 protected:
  // The place of the column among the names.
  absl::StatusOr<std::size_t> FindColumn(const std::vector<std::string>& names) {
    columns_ = names.size();
    const auto found = std::find(names.begin(), names.end(), options_.column);
    if (options_.column.empty()) {
      return Invalid(Message("COLUMN_NOT_NAMED",
                             "name the column that holds the text; there are {columns}",
                             ListedNames(names)));
    }
    if (found == names.end()) {
      return Invalid(Message("UNKNOWN_COLUMN",
                             "there is no column \"{column}\"; there are {columns}",
                             options_.column, ListedNames(names)));
    }
    if (std::find(found + 1, names.end(), options_.column) != names.end()) {
      return Invalid(Message("COLUMN_TWICE",
                             "the column \"{column}\" occurs twice; there are {columns}",
                             options_.column, ListedNames(names)));
    }
    return static_cast<std::size_t>(found - names.begin());
  }

  absl::Status NoHeader() const {
    return Invalid(
        Message("NO_HEADER", "the corpus is empty; its first line must name the columns"));
  }

  std::size_t columns_ = 0;
};

class CsvReader : public TableReader {
 public:
  CsvReader(std::unique_ptr<TextDecoder> decoder, const CorpusOptions& options, std::string start,
            char separator)
      : TableReader(std::move(decoder), options, std::move(start)),
        parser_(separator, options.max_sample_bytes) {}

  absl::Status ReadHeader() {
    ASSIGN_OR_RETURN(const bool more, NextRow());
    if (!more) return NoHeader();
    ASSIGN_OR_RETURN(const std::size_t column, FindColumn(parser_.fields()));
    parser_.KeepOnly(column);
    return absl::OkStatus();
  }

  absl::StatusOr<bool> NextRecord(Record* record) override {
    ASSIGN_OR_RETURN(const bool more, NextRow());
    if (!more) return false;
    record->line = parser_.record_line();
    if (parser_.is_blank()) return true;
    record->quote_begin = parser_.long_quote_begin();
    record->quote_end = parser_.long_quote_end();
    if (parser_.field_count() != columns_ && record->quote_begin > 0) {
      return Invalid(
          Message("QUOTE_OVER_LINES",
                  "line {line}: the quote opened here closes in line {closing_line}, and "
                  "the row has {count} columns, the first line names {columns}; with "
                  "--quoting none quotes are text",
                  record->quote_begin, record->quote_end, parser_.field_count(), columns_));
    }
    if (parser_.field_count() != columns_) {
      return Invalid(Message("WRONG_COLUMN_COUNT",
                             "line {line} has {count} columns, the first line names {columns}; is "
                             "a quote missing around a field?",
                             record->line, parser_.field_count(), columns_));
    }
    record->text = std::move(parser_.fields().front());
    return true;
  }

 private:
  absl::StatusOr<bool> NextRow() {
    while (true) {
      std::size_t used = 0;
      const absl::StatusOr<bool> complete = parser_.Parse(Buffered(), &used);
      if (!complete.ok()) return Invalid(MessageOf(complete.status()));
      Consume(used);
      if (*complete) return true;
      ASSIGN_OR_RETURN(const bool more, Fill());
      if (more) continue;
      const absl::StatusOr<bool> last = parser_.Finish();
      if (!last.ok()) return Invalid(MessageOf(last.status()));
      return *last;
    }
  }

  CsvParser parser_;
};

std::int64_t LineEnds(std::string_view text) { return std::count(text.begin(), text.end(), '\n'); }

std::string_view WithoutReturn(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

class TsvReader : public TableReader {
 public:
  using TableReader::TableReader;

  absl::Status ReadHeader() {
    ASSIGN_OR_RETURN(const std::size_t end, FindLineEnd(0));
    if (end == std::string_view::npos) return NoHeader();
    if (IsTooLong(end)) return TooLong();
    QuotedTsvRecord quoted(kAllFields);
    ASSIGN_OR_RETURN(std::size_t length, ReadQuoted(&quoted));
    std::vector<std::string> names = std::move(quoted.fields());
    if (length == std::string_view::npos) {
      names = SplitAtTabs(WithoutReturn(Buffered().substr(0, end)), kAllFields).kept;
      length = end;
    }
    if (names.size() > CsvParser::kMaxColumns) {
      return Invalid(MessageOf(TooManyColumns(/*line=*/1)));
    }
    ASSIGN_OR_RETURN(kept_, FindColumn(names));
    ConsumeLines(length);
    return absl::OkStatus();
  }

  absl::StatusOr<bool> NextRecord(Record* record) override {
    ASSIGN_OR_RETURN(const std::size_t end, FindLineEnd(0));
    if (end == std::string_view::npos) return false;
    if (IsTooLong(end)) return TooLong();
    record->line = next_line();
    const std::string_view line = WithoutReturn(Buffered().substr(0, end));
    if (line.empty()) {
      ConsumeLines(end);
      return true;
    }
    TsvFields at_tabs = SplitAtTabs(line, kept_);
    bool fits = at_tabs.count == columns_;
    if (fits && at_tabs.is_open) {
      // The first line of a quoted field in the last column looks like a whole row.
      ASSIGN_OR_RETURN(fits, RowFollows(end));
    }
    if (!fits) {
      QuotedTsvRecord quoted(kept_);
      ASSIGN_OR_RETURN(const std::size_t length, ReadQuoted(&quoted));
      if (length != std::string_view::npos && quoted.count() == columns_) {
        record->text = std::move(quoted.fields().front());
        if (length > end) {
          record->quote_begin = next_line();
          record->quote_end = next_line() + LineEnds(Buffered().substr(0, length));
        }
        ConsumeLines(length);
        return true;
      }
    }
    if (at_tabs.count != columns_) {
      return Invalid(Message("ROW_DOES_NOT_FIT",
                             "line {line} has {count} columns, the first line names {columns}; a "
                             "field that holds a tab or a line end needs quotes",
                             record->line, at_tabs.count, columns_));
    }
    record->text = std::move(at_tabs.kept.front());
    ConsumeLines(end);
    return true;
  }

 private:
  absl::Status TooLong() const { return LineTooLong(next_line()); }

  // Whether the next line after `end` that is not blank is a row by itself, or there is none.
  absl::StatusOr<bool> RowFollows(std::size_t end) {
    while (true) {
      const std::size_t from = end + 1;
      ASSIGN_OR_RETURN(end, FindLineEnd(from));
      if (end == std::string_view::npos || IsTooLong(end)) return true;
      const std::string_view line = WithoutReturn(Buffered().substr(from, end - from));
      if (line.empty()) continue;
      if (SplitAtTabs(line, kept_).count == columns_) return true;
      QuotedTsvRecord quoted(kept_);
      return quoted.Read(line) && quoted.count() == columns_;
    }
  }

  // Reads a record from the start of Buffered(), over as many lines as its quotes are open for.
  // Its length without the last line feed; npos: quotes do not make one.
  absl::StatusOr<std::size_t> ReadQuoted(QuotedTsvRecord* record) {
    std::size_t end = 0;
    for (std::size_t from = 0;; from = end + 1) {
      ASSIGN_OR_RETURN(end, FindLineEnd(from));
      if (end == std::string_view::npos || IsTooLong(end)) return std::string_view::npos;
      if (record->Read(WithoutReturn(Buffered().substr(0, end)))) break;
    }
    return record->is_malformed() ? std::string_view::npos : end;
  }

  std::size_t kept_ = 0;
};

// Rows in which a quote is text like any other.
class UnquotedReader : public TableReader {
 public:
  UnquotedReader(std::unique_ptr<TextDecoder> decoder, const CorpusOptions& options,
                 std::string start, char separator)
      : TableReader(std::move(decoder), options, std::move(start)), separator_(separator) {}

  absl::Status ReadHeader() {
    Record header;
    ASSIGN_OR_RETURN(const bool more, NextLine(&header));
    if (!more) return NoHeader();
    const std::vector<std::string> names = absl::StrSplit(header.text, separator_);
    if (names.size() > CsvParser::kMaxColumns) {
      return Invalid(MessageOf(TooManyColumns(/*line=*/1)));
    }
    ASSIGN_OR_RETURN(kept_, FindColumn(names));
    return absl::OkStatus();
  }

  absl::StatusOr<bool> NextRecord(Record* record) override {
    ASSIGN_OR_RETURN(const bool more, NextLine(record));
    if (!more || record->text.empty()) return more;
    const std::string_view line = record->text;
    const auto count =
        static_cast<std::size_t>(1 + std::count(line.begin(), line.end(), separator_));
    if (count != columns_) {
      return Invalid(Message("UNQUOTED_ROW_DOES_NOT_FIT",
                             "line {line} has {count} columns, the first line names {columns}; "
                             "with --quoting none every line is a row, and {delimiter} always "
                             "separates",
                             record->line, count, columns_, Quoted(std::string(1, separator_))));
    }
    std::size_t begin = 0;
    for (std::size_t column = 0; column < kept_; ++column) begin = line.find(separator_, begin) + 1;
    record->text = std::string(line.substr(begin, line.find(separator_, begin) - begin));
    return true;
  }

 private:
  const char separator_;
  std::size_t kept_ = 0;
};

// The columns that a first line names; none where its quotes do not fit.
std::vector<std::string> NamesIn(std::string_view line, char separator) {
  CsvParser parser(separator, static_cast<std::int64_t>(line.size()) + 1);
  std::size_t used = 0;
  if (!parser.Parse(line, &used).ok() || !parser.Finish().ok()) return {};
  return parser.fields();
}

char FindSeparator(std::string_view line, const std::string& column) {
  char best = ',';
  std::size_t most = 1;
  for (const char separator : {',', ';', '\t'}) {
    const std::vector<std::string> names = NamesIn(line, separator);
    if (std::find(names.begin(), names.end(), column) != names.end()) return separator;
    if (names.size() > most) {
      most = names.size();
      best = separator;
    }
  }
  return best;
}

// The separator of a .csv without a given one, from its first line, which goes to `start`.
absl::StatusOr<char> ReadSeparator(TextDecoder& decoder, const std::string& column,
                                   std::string* start) {
  constexpr std::size_t kMostLookedAt = std::size_t{1} << 20;
  while (start->find('\n') == std::string::npos && start->size() < kMostLookedAt) {
    ASSIGN_OR_RETURN(const bool more, decoder.Read(start));
    if (!more) break;
  }
  const std::size_t end = start->find('\n');
  return FindSeparator(WithoutReturn(std::string_view(*start).substr(0, end)), column);
}

template <typename Reader>
absl::StatusOr<std::unique_ptr<RecordReader>> WithHeader(std::unique_ptr<Reader> reader) {
  RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordReader>> OpenTable(std::unique_ptr<TextDecoder> decoder,
                                                        const CorpusOptions& options) {
  std::string start;
  char separator = '\t';
  if (!options.delimiter.empty()) {
    separator = options.delimiter.front();
  } else if (options.format == CorpusFormat::kCsv) {
    ASSIGN_OR_RETURN(separator, ReadSeparator(*decoder, options.column, &start));
  }
  if (options.quoting == Quoting::kNone) {
    return WithHeader(
        std::make_unique<UnquotedReader>(std::move(decoder), options, std::move(start), separator));
  }
  if (options.quoting == Quoting::kByFormat && separator == '\t') {
    return WithHeader(std::make_unique<TsvReader>(std::move(decoder), options, std::move(start)));
  }
  return WithHeader(
      std::make_unique<CsvReader>(std::move(decoder), options, std::move(start), separator));
}

}  // namespace electra
