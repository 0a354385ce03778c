#include "core/text/corpus_reader.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/text/byte_source.h"
#include "core/text/csv_parser.h"
#include "core/text/json_field.h"
#include "core/text/text_decoder.h"

namespace electra {
namespace {

constexpr std::size_t kMaxListedColumns = 50;  // columns in an error

bool IsBlank(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto length = static_cast<std::int64_t>(text.size());
  for (std::int64_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    if (c < 0 || u_isUWhiteSpace(c) == 0) return false;
  }
  return true;
}

std::string Listed(const std::vector<std::string>& names) {
  std::vector<std::string> listed;
  for (const std::string& name : names) {
    if (listed.size() == kMaxListedColumns) {
      listed.emplace_back("...");
      break;
    }
    listed.push_back(name.empty() ? "(unnamed)" : Quoted(name, 100));
  }
  return absl::StrJoin(listed, ", ");
}

// One record of a corpus before it is known to hold text.
struct Record {
  std::int64_t line = 0;
  std::string text;
};

// What all formats share: a buffer of decoded text, counts, invalid and blank samples.
class ReaderBase : public CorpusReader {
 public:
  ReaderBase(std::unique_ptr<TextDecoder> decoder, const CorpusOptions& options)
      : options_(options), decoder_(std::move(decoder)) {}

  absl::StatusOr<bool> Next(std::string* sample) override {
    Record record;
    while (true) {
      const std::int64_t start = offset_;
      ASSIGN_OR_RETURN(const bool more, NextRecord(&record));
      if (!more) break;
      const bool replaced = TakeReplacements(start, offset_);
      line_ = record.line;
      std::erase(record.text, '\0');
      if (replaced && options_.on_invalid == OnInvalidText::kSkip) {
        ++counts_.skipped_samples;
      } else if (IsBlank(record.text)) {
        ++counts_.blank_samples;
      } else {
        ++counts_.samples;
        if (replaced) ++counts_.replaced_samples;
        *sample = std::move(record.text);
        return true;
      }
    }
    if (counts_.samples > 0) return false;
    return Invalid(absl::StrCat("no sample holds text (", counts_.blank_samples, " blank, ",
                                counts_.skipped_samples, " skipped)"));
  }

  std::int64_t line() const override { return line_; }
  const CorpusCounts& counts() const override { return counts_; }
  std::int64_t bytes_read() const override { return decoder_->source().bytes_read(); }
  std::int64_t file_size() const override { return decoder_->source().file_size(); }

 protected:
  // False at the end. Text it consumes goes through Consume.
  virtual absl::StatusOr<bool> NextRecord(Record* record) = 0;

  absl::Status Invalid(std::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(
        options_.display_name, ": ", absl::string_view(problem.data(), problem.size())));
  }

  std::string_view Buffered() const { return std::string_view(buffer_).substr(begin_); }

  void Consume(std::size_t bytes) {
    begin_ += bytes;
    offset_ += static_cast<std::int64_t>(bytes);
  }

  // False at the end of the corpus.
  absl::StatusOr<bool> Fill() {
    buffer_.erase(0, begin_);
    begin_ = 0;
    return decoder_->Read(&buffer_);
  }

  const CorpusOptions options_;

 private:
  // Whether bytes in [start, end) of the decoded text were replaced; forgets those before `end`.
  bool TakeReplacements(std::int64_t start, std::int64_t end) {
    std::deque<std::int64_t>& offsets = decoder_->replacements();
    bool found = false;
    while (!offsets.empty() && offsets.front() < end) {
      found = found || offsets.front() >= start;
      offsets.pop_front();
    }
    return found;
  }

  std::unique_ptr<TextDecoder> decoder_;
  std::string buffer_;  // decoded; what stands before begin_ is consumed
  std::size_t begin_ = 0;
  std::int64_t offset_ = 0;  // of buffer_[begin_] in all decoded text
  std::int64_t line_ = 0;
  CorpusCounts counts_;
};

class LineReader : public ReaderBase {
 public:
  using ReaderBase::ReaderBase;

  absl::StatusOr<bool> NextRecord(Record* record) override {
    std::size_t searched = 0;
    while (true) {
      const std::size_t newline = Buffered().find('\n', searched);
      if (newline != std::string_view::npos) return Take(newline, 1, record);
      searched = Buffered().size();
      if (searched > static_cast<std::size_t>(options_.max_sample_bytes)) break;
      ASSIGN_OR_RETURN(const bool more, Fill());
      if (more) continue;
      if (Buffered().empty()) return false;
      return Take(Buffered().size(), 0, record);
    }
    return TooLong();
  }

 private:
  absl::StatusOr<bool> Take(std::size_t length, std::size_t line_end, Record* record) {
    if (length > static_cast<std::size_t>(options_.max_sample_bytes)) return TooLong();
    std::string_view line = Buffered().substr(0, length);
    if (line.ends_with('\r')) line.remove_suffix(1);
    record->text = line;
    record->line = next_line_++;
    Consume(length + line_end);
    return true;
  }

  absl::Status TooLong() const {
    return Invalid(absl::StrCat("line ", next_line_, " is longer than ", options_.max_sample_bytes,
                                " bytes; split it"));
  }

  std::int64_t next_line_ = 1;
};

class JsonlReader : public LineReader {
 public:
  using LineReader::LineReader;

  absl::StatusOr<bool> NextRecord(Record* record) override {
    ASSIGN_OR_RETURN(const bool more, LineReader::NextRecord(record));
    if (!more || IsBlank(record->text)) return more;
    JsonField field;
    const absl::Status parsed = ReadJsonField(record->text, options_.column, &field);
    if (!parsed.ok()) return Invalid(absl::StrCat("line ", record->line, " is ", parsed.message()));
    switch (field.kind) {
      case JsonField::Kind::kString:
        record->text = std::move(field.text);
        return true;
      case JsonField::Kind::kNull:
        record->text.clear();
        return true;
      case JsonField::Kind::kOther:
        return Invalid(absl::StrCat("line ", record->line, ": the field \"", options_.column,
                                    "\" holds no string"));
      case JsonField::Kind::kMissing:
        break;
    }
    return Invalid(absl::StrCat(
        "line ", record->line,
        options_.column.empty() ? ": name the field that holds the text"
                                : absl::StrCat(" has no field \"", options_.column, "\""),
        field.keys.empty() ? "; the object is empty"
                           : absl::StrCat("; there are ", Listed(field.keys))));
  }
};

class CsvReader : public ReaderBase {
 public:
  CsvReader(std::unique_ptr<TextDecoder> decoder, const CorpusOptions& options)
      : ReaderBase(std::move(decoder), options),
        parser_(options.format == CorpusFormat::kTsv ? '\t' : ',', options.max_sample_bytes) {}

  absl::Status ReadHeader() {
    ASSIGN_OR_RETURN(const bool more, NextRow());
    if (!more) return Invalid("the corpus is empty; its first line must name the columns");
    const std::vector<std::string> names = parser_.fields();
    columns_ = names.size();
    const auto found = std::find(names.begin(), names.end(), options_.column);
    if (options_.column.empty() || found == names.end()) {
      return Invalid(absl::StrCat(
          options_.column.empty() ? "name the column that holds the text"
                                  : absl::StrCat("there is no column \"", options_.column, "\""),
          "; there are ", Listed(names)));
    }
    if (std::find(found + 1, names.end(), options_.column) != names.end()) {
      return Invalid(absl::StrCat("the column \"", options_.column, "\" stands twice; there are ",
                                  Listed(names)));
    }
    parser_.KeepOnly(static_cast<std::size_t>(found - names.begin()));
    return absl::OkStatus();
  }

  absl::StatusOr<bool> NextRecord(Record* record) override {
    ASSIGN_OR_RETURN(const bool more, NextRow());
    if (!more) return false;
    record->line = parser_.record_line();
    record->text.clear();
    if (parser_.is_blank()) return true;
    if (parser_.field_count() != columns_) {
      return Invalid(absl::StrCat("line ", record->line, " has ", parser_.field_count(),
                                  " columns, the first line names ", columns_,
                                  "; is a quote missing around a field?"));
    }
    record->text = std::move(parser_.fields().front());
    return true;
  }

 private:
  absl::StatusOr<bool> NextRow() {
    while (true) {
      std::size_t used = 0;
      const absl::StatusOr<bool> complete = parser_.Parse(Buffered(), &used);
      if (!complete.ok()) return Invalid(std::string(complete.status().message()));
      Consume(used);
      if (*complete) return true;
      ASSIGN_OR_RETURN(const bool more, Fill());
      if (more) continue;
      const absl::StatusOr<bool> last = parser_.Finish();
      if (!last.ok()) return Invalid(std::string(last.status().message()));
      return *last;
    }
  }

  CsvParser parser_;
  std::size_t columns_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CorpusReader>> CorpusReader::Open(const std::filesystem::path& path,
                                                                 const CorpusOptions& given) {
  CorpusOptions options = given;
  if (options.display_name.empty()) options.display_name = path.string();
  if (options.max_sample_bytes < 1) {
    return absl::InvalidArgumentError(absl::StrCat(options.display_name, ": max_sample_bytes is ",
                                                   options.max_sample_bytes, ", not positive"));
  }
  if (options.format == CorpusFormat::kText && !options.column.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(options.display_name,
                                                   ": a .txt corpus has no column \"",
                                                   options.column, "\"; leave the column out"));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                   ByteSource::Open(path, options.display_name, options.unpack));
  ASSIGN_OR_RETURN(std::unique_ptr<TextDecoder> decoder,
                   TextDecoder::Create(std::move(source), options));
  switch (options.format) {
    case CorpusFormat::kText:
      return std::make_unique<LineReader>(std::move(decoder), options);
    case CorpusFormat::kJsonl:
      return std::make_unique<JsonlReader>(std::move(decoder), options);
    case CorpusFormat::kCsv:
    case CorpusFormat::kTsv:
      break;
  }
  auto reader = std::make_unique<CsvReader>(std::move(decoder), options);
  RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

}  // namespace electra
