#include "client/text/display_width.h"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace electra::client {
namespace {

constexpr UChar32 kSoftHyphen = 0x00AD;
constexpr UChar32 kZeroWidthJoiner = 0x200D;
constexpr UChar32 kEmojiPresentation = 0xFE0F;

struct BreakIteratorCloser {
  void operator()(UBreakIterator* iterator) const { ubrk_close(iterator); }
};
struct TextCloser {
  void operator()(UText* text) const { utext_close(text); }
};

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// Vowels and final consonants follow a leading consonant into its two cells.
bool IsJoiningJamo(UChar32 c) {
  return (c >= 0x1160 && c <= 0x11FF) || (c >= 0xD7B0 && c <= 0xD7FF);
}

int CodePointWidth(UChar32 c) {
  if (c < 0) return 1;  // malformed: terminals show one replacement character
  if (IsJoiningJamo(c)) return 0;
  switch (u_charType(c)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_CONTROL_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
      return 0;
    case U_FORMAT_CHAR:
      return c == kSoftHyphen || u_hasBinaryProperty(c, UCHAR_PREPENDED_CONCATENATION_MARK) ? 1 : 0;
    default:
      break;
  }
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

// A cluster is a sum of its characters, except where emoji are joined into one picture.
int ClusterWidth(std::string_view cluster) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(cluster.data());
  const int32_t size = static_cast<int32_t>(cluster.size());
  int sum = 0;
  bool starts_emoji = false;
  bool presented_as_emoji = false;
  for (int32_t i = 0; i < size;) {
    const bool first = i == 0;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    sum += CodePointWidth(c);
    if (c < 0) continue;
    if (first) starts_emoji = u_hasBinaryProperty(c, UCHAR_EMOJI);
    if (c == kZeroWidthJoiner || c == kEmojiPresentation ||
        (!first && u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER))) {
      presented_as_emoji = true;
    }
  }
  return starts_emoji && presented_as_emoji ? 2 : sum;
}

std::vector<Cluster> SplitAscii(std::string_view text) {
  std::vector<Cluster> clusters;
  clusters.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) clusters.push_back({text.substr(i, 1), 1});
  return clusters;
}

}  // namespace

std::vector<Cluster> SplitClusters(std::string_view text) {
  if (IsAscii(text)) return SplitAscii(text);
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<UText, TextCloser> utext(
      utext_openUTF8(nullptr, text.data(), static_cast<int64_t>(text.size()), &error));
  std::unique_ptr<UBreakIterator, BreakIteratorCloser> iterator(
      ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &error));
  if (U_SUCCESS(error)) ubrk_setUText(iterator.get(), utext.get(), &error);
  // ICU without its data: better one long cluster than no text.
  if (U_FAILURE(error)) return {{text, ClusterWidth(text)}};
  std::vector<Cluster> clusters;
  int32_t start = ubrk_first(iterator.get());
  for (int32_t end = ubrk_next(iterator.get()); end != UBRK_DONE;
       start = end, end = ubrk_next(iterator.get())) {
    const std::string_view bytes =
        text.substr(static_cast<size_t>(start), static_cast<size_t>(end - start));
    clusters.push_back({bytes, ClusterWidth(bytes)});
  }
  return clusters;
}

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (const Cluster& cluster : SplitClusters(text)) width += cluster.cells;
  return width;
}

std::string_view TruncateToWidth(std::string_view text, int cells) {
  size_t bytes = 0;
  for (const Cluster& cluster : SplitClusters(text)) {
    cells -= cluster.cells;
    if (cells < 0) break;
    bytes += cluster.bytes.size();
  }
  return text.substr(0, bytes);
}

}  // namespace electra::client
