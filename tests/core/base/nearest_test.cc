#include "core/base/nearest.h"

#include "gtest/gtest.h"

namespace electra {
namespace {

const std::vector<std::string> kWords = {"learning_rate", "warmup_ratio", "epochs", "seed",
                                         "watch"};

TEST(EditDistance, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("watch", "wach"), 1u);
  EXPECT_EQ(EditDistance("watch", "wattch"), 1u);
  EXPECT_EQ(EditDistance("watch", "catch"), 1u);
  EXPECT_EQ(EditDistance("watch", "wacth"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(Nearest, IsTheWordThatWasMeant) {
  EXPECT_EQ(Nearest("learning_rat", kWords), "learning_rate");
  EXPECT_EQ(Nearest("learnign_rate", kWords), "learning_rate");
  EXPECT_EQ(Nearest("epoch", kWords), "epochs");
  EXPECT_EQ(Nearest("sed", kWords), "seed");
  EXPECT_EQ(Nearest("wacth", kWords), "watch");
}

TEST(Nearest, IsNothingWhereNothingIsNear) {
  EXPECT_EQ(Nearest("zebra", kWords), std::nullopt);
  EXPECT_EQ(Nearest("", kWords), std::nullopt);
  EXPECT_EQ(Nearest("x", std::vector<std::string>{"y"}), std::nullopt);
  EXPECT_EQ(Nearest(std::string(100, 'a'), std::vector<std::string>{std::string(99, 'a')}),
            std::nullopt);
  EXPECT_EQ(Nearest("seeeed", kWords, /*most=*/1), std::nullopt);
}

TEST(Nearest, OfEquallyNearOnesIsTheFirst) {
  EXPECT_EQ(Nearest("cot", std::vector<std::string>{"cat", "cut"}), "cat");
}

}  // namespace
}  // namespace electra
