#include "client/text/visible_text.h"

#include <unicode/utf8.h>

#include <cstdint>

#include "absl/strings/str_format.h"
#include "core/base/safe_text.h"

namespace electra::client {
namespace {

constexpr UChar32 kReplacement = 0xFFFD;

void AppendCodePoint(UChar32 c, std::string& out) {
  char bytes[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, c);
  out.append(bytes, static_cast<size_t>(length));
}

// Calls visit(code point, first byte, bytes) for each character; a malformed one is negative.
template <typename Visit>
void ForEachCodePoint(std::string_view text, Visit visit) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int64_t size = static_cast<int64_t>(text.size());
  int64_t i = 0;
  while (i < size) {
    const int64_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    visit(c, static_cast<size_t>(start), static_cast<size_t>(i - start));
  }
}

}  // namespace

std::string Visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  ForEachCodePoint(text, [&](UChar32 c, size_t start, size_t length) {
    if (c < 0) {
      AppendCodePoint(kReplacement, out);
    } else if (c < 0x20) {
      AppendCodePoint(0x2400 + c, out);
    } else if (c == 0x7F) {
      AppendCodePoint(0x2421, out);
    } else if (IsActive(static_cast<char32_t>(c))) {
      absl::StrAppendFormat(&out, "<U+%04X>", static_cast<uint32_t>(c));
    } else {
      out.append(text.substr(start, length));
    }
  });
  return out;
}

bool IsUtf8(std::string_view text) {
  bool valid = true;
  ForEachCodePoint(text, [&](UChar32 c, size_t, size_t) { valid = valid && c >= 0; });
  return valid;
}

}  // namespace electra::client
