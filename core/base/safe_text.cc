#include "core/base/safe_text.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/utf8.h"

namespace electra {

bool IsActive(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string EscapeActive(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = ValidUtf8SequenceLength(text);
    if (length == 0) {
      out += "\uFFFD";
      text.remove_prefix(InvalidUtf8SequenceLength(text));
      continue;
    }
    const std::string_view character = text.substr(0, length);
    const char32_t c = ToUtf32(character)[0];
    if (IsActive(c)) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<std::uint32_t>(c));
    } else {
      out += character;
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string WithoutFormula(std::string_view cell) {
  constexpr std::string_view kBeginnings = "=+-@\t\r";
  const bool begins_formula =
      !cell.empty() && kBeginnings.find(cell.front()) != std::string_view::npos;
  return begins_formula ? absl::StrCat("'", cell) : std::string(cell);
}

}  // namespace electra
