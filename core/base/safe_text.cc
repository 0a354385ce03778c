#include "core/base/safe_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

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
    const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F; };
    const auto end = std::find_if_not(text.begin(), text.end(), is_plain);
    out.append(text.begin(), end);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    if (text.empty()) break;
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

std::string Cell(std::string_view text, Cells cells) {
  constexpr std::string_view kBeginnings = "=+-@\t\r";
  const bool begins_formula =
      !text.empty() && kBeginnings.find(text.front()) != std::string_view::npos;
  std::string cell(begins_formula && cells == Cells::kSafe ? "'" : "");
  return cell.append(text);
}

}  // namespace electra
