#include "client/text/table.h"

#include "absl/strings/str_split.h"
#include "client/text/display_width.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<std::string> Wrapped(const StyledText& text, int width) {
  std::vector<std::string> lines;
  for (const StyledText& line : text.Wrap(width)) lines.push_back(line.text());
  return lines;
}

using Strings = std::vector<std::string>;

TEST(Table, ColumnsLineUpInCells) {
  Table table({{"위치", Align::kRight}, {"토큰"}, {"ok", Align::kCenter}});
  table.AddRow({"6", "웹", "O"});
  table.AddRow({"12", "app", "X"});
  EXPECT_EQ(table.Render({.separator = " | ", .rule = Rule::kUnderHeading}),
            "위치 | 토큰 | ok\n"
            "-----+------+---\n"
            "   6 | 웹   | O\n"
            "  12 | app  | X\n");
}

TEST(Table, BordersStandInTheSameCellOfEachLine) {
  Table table({{"token"}, {"next"}});
  for (const char* token : {"a", "한글", "e\u0301", "👩‍💻", "漢"})
    table.AddRow({token, "x"});
  for (const std::string& line : Lines(table.Render({.separator = " | "}))) {
    EXPECT_EQ(DisplayWidth(line.substr(0, line.find('|'))), 6) << line;
  }
}

TEST(Table, WrapsTheWidestColumnToFit) {
  Table table({{"k"}, {"description"}});
  table.AddRow({"a", "one two three four"});
  table.AddRow({"b", "five"});
  EXPECT_EQ(table.Render({.width = 13}),
            "k  descriptio\n"
            "   n\n"
            "a  one two\n"
            "   three four\n"
            "b  five\n");
}

TEST(Table, WhatIsCutEndsWithAMarkAndNumbersAreWhole) {
  Table table({{"ID", Align::kLeft, Fit::kWhole}, {"NAME"}, {"STEP", Align::kRight}});
  table.AddRow({"7f3a51c0", "컴퓨터 과학", "120000/1000000"});
  table.AddRow({"aa", "books", "1"});
  EXPECT_EQ(table.Render({.width = 34, .overflow = Overflow::kCut}),
            "ID        NAME                STEP\n"
            "7f3a51c0  컴퓨터 …  120000/1000000\n"
            "aa        books                  1\n");
  EXPECT_EQ(table.Render({.width = 34, .overflow = Overflow::kCut, .charset = Charset::kAscii}),
            "ID        NAME                STEP\n"
            "7f3a51c0  컴퓨...   120000/1000000\n"
            "aa        books                  1\n");
  // Too narrow for them: the name shrinks as far as it can.
  EXPECT_THAT(Lines(table.Render({.width = 20, .overflow = Overflow::kCut}))[1],
              ::testing::StartsWith("7f3a51c0  컴…"));
}

TEST(Table, NoLineIsWiderThanTheTerminal) {
  Table table({{"가나다라마"}, {"token"}, {"x"}});
  table.AddRow({"한글로 쓴 긴 문장이 여기에 있다", "averyveryverylongtoken", "1"});
  for (int width : {20, 33, 60}) {
    for (const std::string& line : Lines(table.Render({.width = width}))) {
      EXPECT_LE(DisplayWidth(line), width) << line;
    }
  }
}

TEST(Table, MissingCellsAreEmpty) {
  Table table({{"a"}, {"b"}});
  table.AddRow({"1"});
  EXPECT_EQ(table.Render({}), "a  b\n1\n");
}

TEST(Table, ColoursDoNotMoveColumns) {
  Table table({{"a"}, {"b"}});
  table.AddRow({{"한", Style::kMissed}, "x"});
  EXPECT_EQ(table.Render({.color = ColorMode::kOn}),
            "\x1b[1ma\x1b[0m   \x1b[1mb\x1b[0m\n"
            "\x1b[31m한\x1b[0m  x\n");
}

TEST(Table, CellsCannotSendEscapeSequences) {
  Table table({{"a"}});
  table.AddRow({"\x1b]0;title\x07"});
  EXPECT_EQ(table.Render({}), "a\n␛]0;title␇\n");
}

TEST(StyledText, WrapsAtSpaces) {
  EXPECT_EQ(Wrapped("one two three", 7), (Strings{"one two", "three"}));
  EXPECT_EQ(Wrapped("one two three", 8), (Strings{"one two", "three"}));
  EXPECT_EQ(Wrapped("one two three", 0), (Strings{"one two three"}));
  EXPECT_EQ(Wrapped("", 5), (Strings{""}));
}

TEST(StyledText, BreaksLongWordsBetweenCharacters) {
  EXPECT_EQ(Wrapped("가나다라", 5), (Strings{"가나", "다라"}));
  EXPECT_EQ(Wrapped("ab 가나다라", 6), (Strings{"ab", "가나다", "라"}));
  EXPECT_EQ(Wrapped("가", 1), (Strings{"가"}));  // cannot be narrower
}

TEST(StyledText, KeepsStylesOverLineBreaks) {
  StyledText text("one ");
  text.Append("two three", Style::kCaught);
  text.Append(" four");
  const std::vector<StyledText> lines = text.Wrap(7);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].Render(ColorMode::kOn), "one \x1b[32mtwo\x1b[0m");
  EXPECT_EQ(lines[1].Render(ColorMode::kOn), "\x1b[32mthree\x1b[0m");
  EXPECT_EQ(lines[2].Render(ColorMode::kOn), "four");
}

TEST(StyledText, AppendedTextIsMadeVisible) {
  StyledText text;
  text.Append("\x1b[31m", Style::kMissed);
  EXPECT_EQ(text.Render(ColorMode::kOn), "\x1b[31m␛[31m\x1b[0m");
}

}  // namespace
}  // namespace electra::client
