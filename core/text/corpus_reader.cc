#include "core/text/corpus_reader.h"

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/text/byte_source.h"
#include "core/text/json_field.h"
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
    if (!parsed.ok()) return Invalid(absl::StrCat("line ", record->line, " is ", parsed.message()));
    record->text.clear();
    switch (field.kind) {
      case JsonField::Kind::kString:
        return TakeText(std::move(field), record);
      case JsonField::Kind::kNull:
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
                           : absl::StrCat("; there are ", ListedNames(field.keys))));
  }

 private:
  // One array of all objects may be a single line, longer than any sample.
  absl::Status CheckNoArray() {
    ASSIGN_OR_RETURN(const std::size_t end, FindLineEnd(0));
    const std::string_view line = Buffered().substr(0, end);
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] != '[') return absl::OkStatus();
    return Invalid(
        "line 1 begins a JSON array; write an object a line, as `jq -c '.[]' FILE` does");
  }

  absl::StatusOr<bool> TakeText(JsonField field, Record* record) {
    if (field.lone_surrogate && options_.on_invalid == OnInvalidText::kRefuse) {
      return Invalid(absl::StrCat(
          "line ", record->line, ": the field \"", options_.column, "\" holds \\u",
          absl::Hex(static_cast<std::uint32_t>(*field.lone_surrogate)),
          ", half of a surrogate pair, which is not text; have such text replaced or skipped"));
    }
    record->is_replaced = field.lone_surrogate.has_value();
    record->text = std::move(field.text);
    return true;
  }
};

}  // namespace

absl::Status CheckCorpusOptions(const CorpusOptions& options) {
  if (options.format == CorpusFormat::kText && !options.column.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(options.display_name,
                                                   ": a .txt corpus has no column \"",
                                                   options.column, "\"; leave the column out"));
  }
  return TextDecoder::CheckEncoding(options.encoding, options.display_name);
}

absl::StatusOr<std::unique_ptr<CorpusReader>> CorpusReader::Open(const std::filesystem::path& path,
                                                                 const CorpusOptions& given) {
  CorpusOptions options = given;
  if (options.display_name.empty()) options.display_name = path.string();
  if (options.max_sample_bytes < 1) {
    return absl::InvalidArgumentError(absl::StrCat(options.display_name, ": max_sample_bytes is ",
                                                   options.max_sample_bytes, ", not positive"));
  }
  RETURN_IF_ERROR(CheckCorpusOptions(options));
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
  return OpenTable(std::move(decoder), options);
}

}  // namespace electra
