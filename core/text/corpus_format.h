// The formats in which a corpus may lie: their names, and what a file's name says. Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/message.h"

namespace electra {

enum class CorpusFormat { kText, kCsv, kTsv, kJsonl };

// By the ending: txt, csv, tsv, jsonl or ndjson in any case, also with .gz or .zst behind it.
std::optional<CorpusFormat> CorpusFormatFromFileName(std::string_view file_name);

// How to make a corpus of a file whose ending says that it is something else; nothing for unknown
// endings.
std::optional<Message> OtherFormatAdvice(std::string_view file_name);

// "txt", "csv", "tsv", "jsonl".
std::string_view CorpusFormatName(CorpusFormat format);

}  // namespace electra
