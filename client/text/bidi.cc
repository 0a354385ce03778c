#include "client/text/bidi.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

namespace electra::client {
namespace {

constexpr std::string_view kFirstStrongIsolate = "\u2068";
constexpr std::string_view kPopIsolate = "\u2069";

}  // namespace

bool HasRightToLeft(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int64_t size = static_cast<int64_t>(text.size());
  for (int64_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (c < 0x590) continue;  // Hebrew is the first; malformed bytes are negative
    switch (u_charDirection(c)) {
      case U_RIGHT_TO_LEFT:
      case U_RIGHT_TO_LEFT_ARABIC:
      case U_ARABIC_NUMBER:
        return true;
      default:
        break;
    }
  }
  return false;
}

std::string Isolated(const StyledText& text, ColorMode color) {
  std::string rendered = text.Render(color);
  if (!HasRightToLeft(text.text())) return rendered;
  return std::string(kFirstStrongIsolate).append(rendered).append(kPopIsolate);
}

}  // namespace electra::client
