// Text from outside, made safe for what shows it: a log, a terminal, a spreadsheet.
//
//   out << EscapeActive(name);     // "a\x1b[2J" is written as a\u001b[2J
//   csv << WithoutFormula(cell);   // "=1+1" is written as '=1+1
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

// `text` with each active character written as \u001b, and with U+FFFD for what is not UTF-8. JSON
// on one line stays the same JSON: active characters are only in its strings.
std::string EscapeActive(std::string_view text);

// `cell` with an apostrophe before it where a spreadsheet would take it for a formula: where it
// begins with =, +, -, @, a tab or a carriage return.
std::string WithoutFormula(std::string_view cell);

}  // namespace electra
