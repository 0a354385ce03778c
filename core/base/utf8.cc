#include "core/base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace electra {
namespace {

// Bytes that a sequence starting with `lead` has, 0 for a byte that starts none.
std::size_t SequenceLength(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

// Whether `second` may follow `lead`: here overlong forms, surrogates and what is above U+10FFFF
// show themselves.
bool IsSecondByte(std::uint8_t lead, std::uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

// How many bytes at the start of `text` (not empty) are the beginning of a well-formed sequence.
std::size_t WellFormedPrefix(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::size_t length = SequenceLength(byte(0));
  if (length <= 1) return length;
  if (text.size() < 2 || !IsSecondByte(byte(0), byte(1))) return 1;
  std::size_t good = 2;
  while (good < length && good < text.size() && (byte(good) & 0xC0) == 0x80) ++good;
  return good;
}

}  // namespace

std::size_t ValidUtf8SequenceLength(std::string_view text) {
  if (text.empty()) return 0;
  const std::size_t length = SequenceLength(static_cast<std::uint8_t>(text[0]));
  return length != 0 && WellFormedPrefix(text) == length ? length : 0;
}

std::size_t InvalidUtf8SequenceLength(std::string_view text) {
  const std::size_t prefix = WellFormedPrefix(text);
  return prefix == 0 ? 1 : prefix;
}

std::optional<std::size_t> FindInvalidUtf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (static_cast<std::uint8_t>(text[i]) < 0x80) {
      std::uint64_t eight;
      while (i + sizeof eight <= text.size()) {
        std::memcpy(&eight, text.data() + i, sizeof eight);
        if ((eight & 0x8080808080808080U) != 0) break;
        i += sizeof eight;
      }
      while (i < text.size() && static_cast<std::uint8_t>(text[i]) < 0x80) ++i;
      continue;
    }
    const std::size_t length = ValidUtf8SequenceLength(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

void AppendUtf8(char32_t code_point, std::string* text) {
  const auto c = static_cast<std::uint32_t>(code_point);
  const auto put = [text](std::uint32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::u32string ToUtf32(std::string_view utf8) {
  std::u32string text;
  for (std::size_t i = 0; i < utf8.size();) {
    const std::size_t length = std::max<std::size_t>(ValidUtf8SequenceLength(utf8.substr(i)), 1);
    auto c = static_cast<char32_t>(utf8[i] & (length == 1 ? 0x7F : 0xFF >> (length + 1)));
    for (std::size_t k = 1; k < length; ++k) {
      c = c << 6 | static_cast<char32_t>(utf8[i + k] & 0x3F);
    }
    text.push_back(c);
    i += length;
  }
  return text;
}

std::string Utf8Excerpt(std::string_view text, std::size_t most_bytes) {
  std::string excerpt;
  while (!text.empty()) {
    const std::size_t length = ValidUtf8SequenceLength(text);
    const std::string_view piece = length > 0 ? text.substr(0, length) : "\uFFFD";
    if (excerpt.size() + piece.size() > most_bytes) break;
    excerpt += piece;
    text.remove_prefix(length > 0 ? length : InvalidUtf8SequenceLength(text));
  }
  return excerpt;
}

std::string Quoted(std::string_view text, std::size_t most_bytes) {
  return absl::StrCat("\"", Utf8Excerpt(text, most_bytes), "\"");
}

std::string ListedNames(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 50;
  std::vector<std::string> listed;
  for (const std::string& name : names) {
    if (listed.size() == kMost) {
      listed.emplace_back("...");
      break;
    }
    listed.push_back(name.empty() ? "(unnamed)" : Quoted(name, 100));
  }
  return absl::StrJoin(listed, ", ");
}

std::string_view Utf8Beginning(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  std::size_t end = most_bytes;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace electra
