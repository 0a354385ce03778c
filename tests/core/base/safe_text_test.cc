#include "core/base/safe_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/utf8.h"

namespace electra {
namespace {

TEST(EscapeActive, WritesOutWhatATerminalWouldActUpon) {
  EXPECT_EQ(EscapeActive("a\x1b[2J\r\n\t\x7f"), "a\\u001b[2J\\u000d\\u000a\\u0009\\u007f");
  EXPECT_EQ(EscapeActive("\xC2\x9B"
                         "31m\xC2\x85z"),
            "\\u009b31m\\u0085z");
  EXPECT_EQ(EscapeActive("a\u202Eb\u2066c\u2028"), "a\\u202eb\\u2066c\\u2028");
  EXPECT_EQ(EscapeActive("\x9B"
                         "31m\xEA\xB0"),
            "\uFFFD31m\uFFFD");
  EXPECT_EQ(EscapeActive(std::string_view("\0", 1)), "\\u0000");
}

TEST(EscapeActive, LeavesEverythingElse) {
  for (char32_t c = 0x20; c < 0x110000; ++c) {
    if (IsActive(c) || (c >= 0xD800 && c < 0xE000)) continue;
    std::string text;
    AppendUtf8(c, &text);
    ASSERT_EQ(EscapeActive(text), text) << static_cast<std::uint32_t>(c);
  }
}

TEST(EscapeActive, KeepsJsonWhatItIs) {
  const nlohmann::json json = {{"한\xC2\x9B", "\x1b\x7f\u202E\"\\"}};
  const std::string line = EscapeActive(json.dump());
  EXPECT_EQ(EscapeActive(line), line);
  EXPECT_EQ(nlohmann::json::parse(line), json);
}

TEST(Cell, HasAnApostropheBeforeAFormula) {
  for (const char* cell : {"=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-"}) {
    EXPECT_EQ(Cell(cell, Cells::kSafe), std::string("'") + cell);
    EXPECT_EQ(Cell(cell, Cells::kRaw), cell);
  }
  for (const char* cell : {"", "a=1", "'=1", " -", "1-2", "한글"}) {
    EXPECT_EQ(Cell(cell, Cells::kSafe), cell);
  }
}

}  // namespace
}  // namespace electra
