// UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF. All
// functions are pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace electra {

// The offset of the first byte that begins no well-formed sequence; nullopt when all of `text` is
// valid. A sequence that the end cuts short is invalid at its first byte.
std::optional<std::size_t> FindInvalidUtf8(std::string_view text);

// Length in bytes of the well-formed sequence at the start of `text`, 0 when there is none.
std::size_t ValidUtf8SequenceLength(std::string_view text);

// Length of the bytes that one U+FFFD replaces at the start of `text`, which begins with no
// well-formed sequence: the longest beginning of a well-formed one, else 1 ("maximal subpart",
// Unicode 3.9).
std::size_t InvalidUtf8SequenceLength(std::string_view text);

// Appends the encoding of `code_point`, a Unicode scalar value.
void AppendUtf8(char32_t code_point, std::string* text);

// Code points of `utf8`; of a byte that belongs to no well-formed sequence its lower seven bits.
std::u32string ToUtf32(std::string_view utf8);

// The beginning of `text`, at most `most_bytes` long and cut between two characters, with U+FFFD
// for invalid UTF-8: safe to quote in a message.
std::string Utf8Excerpt(std::string_view text, std::size_t most_bytes);

// The same in quotation marks.
std::string Quoted(std::string_view text, std::size_t most_bytes = 64);

// Names of columns or fields for an error, each in quotation marks: the first fifty.
std::string ListedNames(const std::vector<std::string>& names);

// The longest beginning of `text` that has at most `most_bytes` and ends between two characters.
std::string_view Utf8Beginning(std::string_view text, std::size_t most_bytes);

}  // namespace electra
