// Text from outside, made safe to show: in a log, on a terminal, in a spreadsheet.
//
//   out << EscapeActive(name);         // "a\x1b[2J" is written as a\u001b[2J
//   csv << Cell(name, Cells::kSafe);   // "=1+1" is written as '=1+1
//
// Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace electra {

// Whether a terminal acts upon the character, or it ends a line or reorders the text around it: C0,
// DEL, C1 (U+009B alone starts an escape sequence), line and paragraph separators, bidirectional
// embeddings, overrides and isolates.
bool IsActive(char32_t c);

// `text` with each active character written as \u001b, and with U+FFFD for invalid UTF-8. JSON
// on one line stays the same JSON: active characters are only in its strings.
std::string EscapeActive(std::string_view text);

// How text is written into cells of tables: as it is, or so that no spreadsheet takes it for a
// formula.
enum class Cells { kSafe, kRaw };

// `text` as a cell. kSafe puts an apostrophe before text that begins with =, +, -, @, a tab or a
// carriage return.
std::string Cell(std::string_view text, Cells cells);

}  // namespace electra
