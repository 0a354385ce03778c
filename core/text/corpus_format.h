// The formats of a corpus: their names, and how a file's name tells them. Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/message.h"

namespace electra {

enum class CorpusFormat { kText, kCsv, kTsv, kJsonl };

// By the ending: txt, csv, tsv, jsonl or ndjson in any case, also followed by .gz or .zst.
std::optional<CorpusFormat> CorpusFormatFromFileName(std::string_view file_name);

// How to make a corpus of a file whose ending names another format; nothing for unknown endings.
std::optional<Message> OtherFormatAdvice(std::string_view file_name);

// "txt", "csv", "tsv", "jsonl".
std::string_view CorpusFormatName(CorpusFormat format);

}  // namespace electra
