#include "client/text/row.h"

#include <cmath>

#include "client/text/bidi.h"
#include "client/text/display_width.h"
#include "client/text/table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;

TEST(Row, TakesPartsWhileTheyFitAsWholes) {
  Row row(12, ColorMode::kOff);
  EXPECT_TRUE(row.AddPart(" · ", "한글"));
  EXPECT_FALSE(row.AddPart(" · ", "too long"));
  EXPECT_TRUE(row.AddPart(" · ", "12345"));
  EXPECT_EQ(row.text(), "한글 · 12345");
  EXPECT_EQ(row.width(), 12);
}

TEST(Row, CutsBetweenUserPerceivedCharacters) {
  Row row(4, ColorMode::kOff);
  row.Add("a👩‍👩‍👧‍👦👩‍👩‍👧‍👦");
  EXPECT_EQ(row.text(), "a👩‍👩‍👧‍👦…");
  EXPECT_EQ(StyledText("e\u0301e\u0301e\u0301").Truncated(2).text(), "e\u0301…");
  EXPECT_EQ(StyledText("🇰🇷🇰🇷").Truncated(3).text(), "🇰🇷…");
  EXPECT_EQ(StyledText("🇰🇷🇰🇷").Truncated(2).text(), "…");
  EXPECT_EQ(StyledText("abc").Truncated(0).text(), "");
  EXPECT_EQ(StyledText("한글").Truncated(4).text(), "한글");
}

TEST(Row, EveryCutFitsAndIsABeginning) {
  const std::string text = "가👩‍💻e\u0301שלום🇰🇷1️⃣\u1112\u1161\u11ab漢x";
  const std::vector<Cluster> clusters = SplitClusters(text);
  for (int width = 1; width < DisplayWidth(text); ++width) {
    const StyledText cut = StyledText(text).Truncated(width);
    EXPECT_LE(cut.Width(), width);
    std::string beginning;
    const std::string without_mark = cut.text().substr(0, cut.text().size() - 3);
    for (const Cluster& cluster : clusters) {
      if (beginning.size() == without_mark.size()) break;
      beginning += cluster.bytes;
    }
    EXPECT_EQ(beginning, without_mark) << width;
  }
}

TEST(Row, PadsToAColumn) {
  Row row(20, ColorMode::kOff);
  row.Add("한");
  row.PadTo(5);
  row.Add("x");
  row.PadTo(3);
  EXPECT_EQ(row.text(), "한   x");
}

TEST(Row, ColoursAreWrittenOnlyWhereThereAreColours) {
  Row plain(10, ColorMode::kOff);
  plain.Add({"x", Style::kMissed});
  EXPECT_EQ(plain.text(), "x");
  Row coloured(10, ColorMode::kOn);
  coloured.Add({"x", Style::kMissed});
  EXPECT_EQ(coloured.text(), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(coloured.width(), 1);
}

TEST(ProgressBar, IsFullOnlyAtTheEnd) {
  EXPECT_EQ(ProgressBar(0, 4), "⣀⣀⣀⣀");
  EXPECT_EQ(ProgressBar(0.125, 4), "⣇⣀⣀⣀");
  EXPECT_EQ(ProgressBar(0.999, 4), "⣿⣿⣿⣇");
  EXPECT_EQ(ProgressBar(1, 4), "⣿⣿⣿⣿");
  EXPECT_EQ(ProgressBar(7, 2), "⣿⣿");
  EXPECT_EQ(ProgressBar(std::nan(""), 2), "⣀⣀");
}

TEST(Bidi, RightToLeftTextStandsInAnIsolate) {
  EXPECT_TRUE(HasRightToLeft("abc שלום"));
  EXPECT_TRUE(HasRightToLeft("مرحبا"));
  EXPECT_FALSE(HasRightToLeft("한글 abc 漢 👩‍💻 \xff"));
  EXPECT_EQ(Isolated("abc", ColorMode::kOff), "abc");
  EXPECT_EQ(Isolated("שלום", ColorMode::kOff), "\u2068שלום\u2069");
  EXPECT_EQ(DisplayWidth(Isolated("שלום", ColorMode::kOff)), 4);
}

TEST(Bidi, CellsOfATableKeepTheirColumns) {
  Table table({{"a"}, {"b"}});
  table.AddRow({"שלום", "1"});
  table.AddRow({"מ", "עולם"});
  table.AddRow({"x", "2"});
  EXPECT_EQ(table.Render({}),
            "a     b\n"
            "\u2068שלום\u2069  1\n"
            "\u2068מ\u2069     \u2068עולם\u2069\n"
            "x     2\n");
}

}  // namespace
}  // namespace electra::client
