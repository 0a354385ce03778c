#include "client/text/visible_text.h"

#include "gtest/gtest.h"

namespace electra::client {
namespace {

TEST(VisibleText, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(Visible("안드로이드 app é 👩‍💻"), "안드로이드 app é 👩‍💻");
  EXPECT_EQ(Visible(""), "");
}

TEST(VisibleText, ShowsC0AndDeleteAsPictures) {
  EXPECT_EQ(Visible("a\x1b[2Jb"), "a␛[2Jb");
  EXPECT_EQ(Visible("one\ttwo\r\nthree\x07\x7f"), "one␉two␍␊three␇␡");
  EXPECT_EQ(Visible(std::string_view("\0x", 2)), "␀x");
}

TEST(VisibleText, ShowsC1AsCodePoint) {
  // U+009B is an escape sequence's beginning in one character.
  EXPECT_EQ(Visible("a\u009b2J"), "a<U+009B>2J");
  EXPECT_EQ(Visible("\u0080\u009f"), "<U+0080><U+009F>");
}

TEST(VisibleText, ShowsBidirectionalControlsAndLineSeparators) {
  EXPECT_EQ(Visible("a\u202eb\u202c"), "a<U+202E>b<U+202C>");
  EXPECT_EQ(Visible("\u2066x\u2069"), "<U+2066>x<U+2069>");
  EXPECT_EQ(Visible("a\u2028b\u2029"), "a<U+2028>b<U+2029>");
}

TEST(VisibleText, ReplacesMalformedBytes) {
  EXPECT_EQ(Visible("a\xff"
                    "b"),
            "a\ufffd"
            "b");
  EXPECT_EQ(Visible("\xea\xb0"), "\ufffd");                            // cut off
  EXPECT_EQ(Visible("\x9b"), "\ufffd");                                // C1 as a bare byte
  EXPECT_EQ(Visible("\xed\xa0\x80").find('\xed'), std::string::npos);  // surrogate
}

TEST(VisibleText, KnowsUtf8) {
  EXPECT_TRUE(IsUtf8("가나다 abc"));
  EXPECT_FALSE(IsUtf8("가\xff"));
  EXPECT_FALSE(IsUtf8("\xc0\x80"));
}

}  // namespace
}  // namespace electra::client
