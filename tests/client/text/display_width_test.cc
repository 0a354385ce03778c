#include "client/text/display_width.h"

#include "gtest/gtest.h"

namespace electra::client {
namespace {

TEST(DisplayWidth, CountsAsciiAndHangul) {
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("token"), 5);
  EXPECT_EQ(DisplayWidth("문장 위치"), 9);
  EXPECT_EQ(DisplayWidth("##앱"), 4);
  EXPECT_EQ(DisplayWidth("漢字"), 4);
  EXPECT_EQ(DisplayWidth("ＡＢ"), 4);  // full width
  EXPECT_EQ(DisplayWidth("ｱｲ"), 2);    // half width
}

TEST(DisplayWidth, ConjoiningJamoTakeTheCellsOfTheSyllable) {
  EXPECT_EQ(DisplayWidth("\u1112\u1161\u11ab"), 2);              // 한, decomposed
  EXPECT_EQ(DisplayWidth("\u1112\u1161\u11ab\u1100\u1173"), 4);  // 한그
  EXPECT_EQ(SplitClusters("\u1112\u1161\u11ab\u1100\u1173").size(), 2u);
}

TEST(DisplayWidth, CombiningAndFormatCharactersTakeNoCell) {
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("a\u0300\u0301\u0302"), 1);
  EXPECT_EQ(DisplayWidth("a\u200bb"), 2);  // zero width space
  EXPECT_EQ(DisplayWidth("a\u00adb"), 3);  // soft hyphen: terminals show it
}

TEST(DisplayWidth, AmbiguousCharactersAreNarrow) {
  EXPECT_EQ(DisplayWidth("±"), 1);
  EXPECT_EQ(DisplayWidth("α①→"), 3);
}

TEST(DisplayWidth, EmojiJoinedIntoOnePictureTakeTwoCells) {
  EXPECT_EQ(DisplayWidth("😀"), 2);
  EXPECT_EQ(DisplayWidth("👩‍👩‍👧‍👦"), 2);
  EXPECT_EQ(DisplayWidth("👍🏽"), 2);
  EXPECT_EQ(DisplayWidth("🇰🇷"), 2);
  EXPECT_EQ(DisplayWidth("❤\ufe0f"), 2);
  EXPECT_EQ(DisplayWidth("❤"), 1);
  EXPECT_EQ(DisplayWidth("a👩‍💻b"), 4);
}

TEST(DisplayWidth, ClustersJoinToTheText) {
  const std::string_view text = "a가👩‍💻e\u0301";
  const std::vector<Cluster> clusters = SplitClusters(text);
  ASSERT_EQ(clusters.size(), 4u);
  std::string joined;
  for (const Cluster& cluster : clusters) joined += cluster.bytes;
  EXPECT_EQ(joined, text);
}

TEST(DisplayWidth, TruncatesBetweenClusters) {
  EXPECT_EQ(TruncateToWidth("한글", 3), "한");
  EXPECT_EQ(TruncateToWidth("한글", 4), "한글");
  EXPECT_EQ(TruncateToWidth("a👩‍💻b", 2), "a");
  EXPECT_EQ(TruncateToWidth("abc", 0), "");
}

}  // namespace
}  // namespace electra::client
