#include "core/text/corpus_format.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace electra {
namespace {

bool EndsWith(std::string_view name, std::string_view ending) {
  return absl::EndsWithIgnoreCase(absl::string_view(name.data(), name.size()),
                                  absl::string_view(ending.data(), ending.size()));
}

}  // namespace

std::optional<CorpusFormat> CorpusFormatFromFileName(std::string_view file_name) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (EndsWith(file_name, packed)) {
      file_name.remove_suffix(packed.size());
      break;
    }
  }
  constexpr std::array<std::pair<std::string_view, CorpusFormat>, 5> kEndings = {{
      {".txt", CorpusFormat::kText},
      {".csv", CorpusFormat::kCsv},
      {".tsv", CorpusFormat::kTsv},
      {".jsonl", CorpusFormat::kJsonl},
      {".ndjson", CorpusFormat::kJsonl},
  }};
  for (const auto& [ending, format] : kEndings) {
    if (EndsWith(file_name, ending)) return format;
  }
  return std::nullopt;
}

std::optional<Message> OtherFormatAdvice(std::string_view file_name) {
  if (EndsWith(file_name, ".xlsx") || EndsWith(file_name, ".xls")) {
    return Message("SAVE_WORKBOOK_AS_CSV", "it is an Excel workbook: save the sheet as CSV");
  }
  if (EndsWith(file_name, ".json")) {
    return Message("WRITE_OBJECT_A_LINE",
                   "write an object a line, as `jq -c '.[]' FILE` does, and name it .jsonl");
  }
  if (EndsWith(file_name, ".parquet")) {
    return Message("WRITE_AS_JSON_LINES", "write it as JSON Lines");
  }
  return std::nullopt;
}

std::string_view CorpusFormatName(CorpusFormat format) {
  switch (format) {
    case CorpusFormat::kText:
      return "txt";
    case CorpusFormat::kCsv:
      return "csv";
    case CorpusFormat::kTsv:
      return "tsv";
    case CorpusFormat::kJsonl:
      return "jsonl";
  }
  return "";
}

}  // namespace electra
