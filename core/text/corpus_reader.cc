#include "core/text/corpus_reader.h"

#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/text/archive_reader.h"
#include "core/text/byte_source.h"
#include "core/text/json_field.h"
#include "core/text/open_file.h"
#include "core/text/record_reader.h"
#include "core/text/table_reader.h"
#include "core/text/text_decoder.h"

namespace electra {
namespace {

class JsonlReader : public RecordReader {
 public:
  using RecordReader::RecordReader;

  absl::StatusOr<bool> NextRecord(Record* record) override {
    if (next_line() == 1) RETURN_IF_ERROR(CheckNoArray());
    ASSIGN_OR_RETURN(const bool more, NextLine(record));
    if (!more || IsBlank(record->text)) return more;
    JsonField field;
    const absl::Status parsed = ReadJsonField(record->text, options_.column, &field);
    if (!parsed.ok()) {
      return Invalid(Message("BAD_JSON_LINE", "line {line} is {problem}", record->line, parsed));
    }
    record->text.clear();
    switch (field.kind) {
      case JsonField::Kind::kString:
        return TakeText(std::move(field), record);
      case JsonField::Kind::kNull:
        return true;
      case JsonField::Kind::kInteger:
      case JsonField::Kind::kBoolean:
      case JsonField::Kind::kFraction:
      case JsonField::Kind::kOther:
        return TakeOther(std::move(field), record);
      case JsonField::Kind::kMissing:
        break;
    }
    const Message fields = field.keys.empty()
                               ? Message("NO_FIELDS", "; the object is empty")
                               : Message("FIELDS", "; there are {fields}", ListedNames(field.keys));
    if (options_.column.empty()) {
      return Invalid(Message("FIELD_NOT_NAMED",
                             "line {line}: name the field that holds the text{fields}",
                             record->line, fields));
    }
    return Invalid(Message("UNKNOWN_FIELD", "line {line} has no field \"{field}\"{fields}",
                           record->line, options_.column, fields));
  }

 private:
  // One array of all objects may be a single line, longer than any sample.
  absl::Status CheckNoArray() {
    ASSIGN_OR_RETURN(const std::size_t end, FindLineEnd(0));
    const std::string_view line = Buffered().substr(0, end);
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] != '[') return absl::OkStatus();
    return Invalid(
        Message("JSON_ARRAY",
                "line 1 begins a JSON array; write an object a line, as `jq -c '.[]' FILE` does"));
  }

  absl::StatusOr<bool> TakeOther(JsonField field, Record* record) {
    if (options_.json_values == JsonValues::kStrings) {
      return Invalid(Message("FIELD_NOT_TEXT", "line {line}: the field \"{field}\" holds no string",
                             record->line, options_.column));
    }
    if (field.kind == JsonField::Kind::kInteger || field.kind == JsonField::Kind::kBoolean) {
      record->text = std::move(field.text);
      return true;
    }
    const Message value = field.kind == JsonField::Kind::kFraction
                              ? Message::Uncoded(std::move(field.text))
                              : Message("OBJECT_OR_ARRAY", "an object or an array");
    return Invalid(Message("BAD_LABEL",
                           "line {line}: the label \"{field}\" is {value}: it must be a string, "
                           "an integer, true or false",
                           record->line, options_.column, value));
  }

  absl::StatusOr<bool> TakeText(JsonField field, Record* record) {
    if (field.lone_surrogate && options_.on_invalid == OnInvalidText::kRefuse) {
      return Invalid(Message(
          "HALF_SURROGATE_PAIR",
          "line {line}: the field \"{field}\" holds {escape}, half of a surrogate pair, "
          "which is not text; have such text replaced or skipped",
          record->line, options_.column,
          absl::StrCat("\\u", absl::Hex(static_cast<std::uint32_t>(*field.lone_surrogate)))));
    }
    record->is_replaced = field.lone_surrogate.has_value();
    record->text = std::move(field.text);
    return true;
  }
};

// Empty where it cannot be read: opening it reports why.
std::string StartOf(const std::filesystem::path& path) {
  std::error_code error;
  std::string start;
  if (!std::filesystem::is_regular_file(path, error)) return start;
  start.resize(kArchiveBlock);
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(file.gcount()));
  return start;
}

// Checks the options for quotes and delimiters.
absl::Status CheckTableOptions(const CorpusOptions& options) {
  const bool is_table =
      options.format == CorpusFormat::kCsv || options.format == CorpusFormat::kTsv;
  const std::string& delimiter = options.delimiter;
  if (!is_table && (!delimiter.empty() || options.quoting != Quoting::kByFormat)) {
    return Within(options.display_name,
                  InvalidArgumentError("COLUMNS_OF_NO_TABLE",
                                       "--delimiter and --quoting are for .csv and .tsv, not for "
                                       ".{format}; leave them out",
                                       CorpusFormatName(options.format)));
  }
  const bool separates = delimiter.size() == 1 && delimiter.front() != '\0' &&
                         absl::ascii_isascii(static_cast<unsigned char>(delimiter.front())) &&
                         delimiter.find_first_of("\"\r\n") == std::string::npos;
  if (delimiter.empty() || separates) return absl::OkStatus();
  return Within(options.display_name,
                InvalidArgumentError("BAD_DELIMITER",
                                     "--delimiter is {delimiter}: it must be one ASCII character, "
                                     "and neither a quote nor a line end",
                                     Quoted(delimiter)));
}

}  // namespace

absl::Status CheckCorpusOptions(const CorpusOptions& options) {
  if (options.format == CorpusFormat::kText && !options.column.empty()) {
    return Within(options.display_name,
                  InvalidArgumentError("COLUMN_OF_PLAIN_TEXT",
                                       "a .txt corpus has no column \"{column}\"; leave the column "
                                       "out",
                                       options.column));
  }
  RETURN_IF_ERROR(CheckTableOptions(options));
  return TextDecoder::CheckEncoding(options.encoding, options.display_name);
}

absl::StatusOr<std::unique_ptr<CorpusReader>> CorpusReader::Open(const std::filesystem::path& path,
                                                                 const CorpusOptions& given) {
  CorpusOptions options = given;
  if (options.display_name.empty()) options.display_name = path.string();
  if (options.max_sample_bytes < 1) {
    return Within(options.display_name,
                  InvalidArgumentError("SAMPLE_LIMIT_NOT_POSITIVE",
                                       "max_sample_bytes is {bytes}, not positive",
                                       options.max_sample_bytes));
  }
  RETURN_IF_ERROR(CheckCorpusOptions(options));
  if (IsArchive(StartOf(path))) return ArchiveReader::Open(path, options);
  return OpenFile(path, {}, options);
}

absl::StatusOr<std::unique_ptr<RecordReader>> OpenFile(const std::filesystem::path& path,
                                                       const FileRange& range,
                                                       const CorpusOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                   ByteSource::Open(path, range, options.display_name, options.unpack));
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
  return OpenTable(std::move(decoder), options);
}

}  // namespace electra
