#include "core/base/utf8.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

TEST(FindInvalidUtf8, AcceptsEveryScalarValue) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text = "x";
    AppendUtf8(c, &text);
    ASSERT_EQ(FindInvalidUtf8(text), std::nullopt) << static_cast<std::uint32_t>(c);
  }
}

struct InvalidCase {
  std::string_view bytes;
  std::size_t at;
  std::size_t length;  // of the bytes that one replacement stands for
};

TEST(FindInvalidUtf8, FindsTheFirstInvalidByte) {
  const InvalidCase cases[] = {
      {"\x80", 0, 1},                    // continuation without a lead
      {"abc\xFFz", 3, 1},                // not a byte of UTF-8
      {"12345678901234567\xC3", 17, 1},  // cut short, after a run of ASCII
      {"\xC0\xAF", 0, 1},                // overlong
      {"\xC1\xBF", 0, 1},
      {"\xE0\x9F\xBF", 0, 1},
      {"\xF0\x8F\xBF\xBF", 0, 1},
      {"\xED\xA0\x80", 0, 1},      // surrogate
      {"\xF4\x90\x80\x80", 0, 1},  // above U+10FFFF
      {"\xF5\x80\x80\x80", 0, 1},
      {"\xEA\xB0\x80\xEA\xB0", 3, 2},  // second syllable cut short
      {"\xF0\x9F\x98y", 0, 3},
  };
  for (const InvalidCase& c : cases) {
    ASSERT_EQ(FindInvalidUtf8(c.bytes), c.at) << c.bytes;
    EXPECT_EQ(ValidUtf8SequenceLength(c.bytes.substr(c.at)), 0U);
    EXPECT_EQ(InvalidUtf8SequenceLength(c.bytes.substr(c.at)), c.length) << c.bytes;
  }
}

TEST(FindInvalidUtf8, AcceptsNulAndEmptyText) {
  EXPECT_EQ(FindInvalidUtf8(""), std::nullopt);
  EXPECT_EQ(FindInvalidUtf8(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(Utf8Excerpt, CutsBetweenCharactersAndReplacesWhatIsNoText) {
  EXPECT_EQ(Utf8Excerpt("가나다", 9), "가나다");
  EXPECT_EQ(Utf8Excerpt("가나다", 8), "가나");
  EXPECT_EQ(Utf8Excerpt("a\xEA\xB0z", 9), "a\uFFFDz");
  EXPECT_EQ(Utf8Excerpt("", 9), "");
  EXPECT_EQ(Quoted("a\xEA\xB0z", 9), "\"a\uFFFDz\"");
}

TEST(Utf8Beginning, EndsBetweenCharacters) {
  EXPECT_EQ(Utf8Beginning("가나다", 9), "가나다");
  EXPECT_EQ(Utf8Beginning("가나다", 8), "가나");
  EXPECT_EQ(Utf8Beginning("가나다", 2), "");
}

}  // namespace
}  // namespace electra
