#include "core/batch/mixed_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace electra {
namespace {

// Sequences of 1 to `longest` tokens, those of each part one after the other.
class MixedOrderTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kLongest = 30;

  MixedOrder Make(const std::vector<uint64_t>& sizes, const std::vector<double>& shares,
                  uint64_t seed = 42) {
    std::vector<MixedOrder::Part> parts;
    for (size_t i = 0; i < sizes.size(); ++i) {
      MixedOrder::Part& part = parts.emplace_back(MixedOrder::Part{.share = shares[i]});
      for (uint64_t j = 0; j < sizes[i]; ++j) {
        part.train.push_back(offsets_.size() - 1);
        part_of_.push_back(i);
        ids_.resize(ids_.size() + 1 + (j * 7 + i) % kLongest);
        offsets_.push_back(ids_.size());
      }
    }
    return MixedOrder({.ids = ids_, .offsets = offsets_}, std::move(parts), seed);
  }

  uint64_t TokensOf(uint64_t sequence) const { return offsets_[sequence + 1] - offsets_[sequence]; }

  std::vector<int32_t> ids_;
  std::vector<uint64_t> offsets_ = {0};
  std::vector<size_t> part_of_;  // of each sequence
};

TEST_F(MixedOrderTest, SharesAreKeptWithinOneSequenceWhereverOneStops) {
  MixedOrder order = Make({200, 30}, {0.8, 0.2});
  double tokens[2] = {};
  for (const uint64_t sequence : order.Read(0, 1000)) {
    tokens[part_of_[sequence]] += static_cast<double>(TokensOf(sequence));
    EXPECT_LE(std::abs(tokens[0] - 0.8 * (tokens[0] + tokens[1])), kLongest);
  }
}

TEST_F(MixedOrderTest, SharesNeedNoSumOfOne) {
  MixedOrder four = Make({50, 50}, {4, 1});
  const std::vector<uint64_t> order = four.Read(0, 100);
  offsets_ = {0};
  ids_.clear();
  EXPECT_EQ(Make({50, 50}, {0.8, 0.2}).Read(0, 100), order);
}

TEST_F(MixedOrderTest, EachPassReadsAllOfACorpusInAnotherOrder) {
  MixedOrder order = Make({40, 10}, {0.5, 0.5});
  std::vector<uint64_t> of_second;
  for (const uint64_t sequence : order.Read(0, 500)) {
    if (part_of_[sequence] == 1) of_second.push_back(sequence);
  }
  ASSERT_GE(of_second.size(), 20u);
  const auto middle = of_second.begin() + 10;
  std::vector<uint64_t> first(of_second.begin(), middle);
  std::vector<uint64_t> second(middle, middle + 10);
  EXPECT_NE(first, second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, second);
  EXPECT_EQ(std::adjacent_find(first.begin(), first.end()), first.end());
}

TEST_F(MixedOrderTest, AnEpochIsOnePassOverTheFirst) {
  MixedOrder order = Make({40, 10}, {0.75, 0.25});
  const std::vector<uint64_t> epoch = order.Read(0, order.epoch_length());
  EXPECT_EQ(std::count_if(epoch.begin(), epoch.end(),
                          [&](uint64_t sequence) { return part_of_[sequence] == 0; }),
            40);
  EXPECT_EQ(part_of_[epoch.back()], 0u);
}

TEST_F(MixedOrderTest, TheOrderIsTheSameFromWhereverOneGoesOn) {
  MixedOrder order = Make({60, 20, 15}, {0.5, 0.3, 0.2});
  const std::vector<uint64_t> whole = order.Read(0, 300);
  for (const uint64_t begin : {250u, 7u, 100u}) {
    EXPECT_EQ(order.Read(begin, 50),
              std::vector<uint64_t>(whole.begin() + static_cast<ptrdiff_t>(begin),
                                    whole.begin() + static_cast<ptrdiff_t>(begin) + 50));
  }
}

TEST_F(MixedOrderTest, AnotherSeedIsAnotherOrder) {
  const std::vector<uint64_t> order = Make({60, 20}, {0.5, 0.5}).Read(0, 50);
  offsets_ = {0};
  ids_.clear();
  EXPECT_NE(Make({60, 20}, {0.5, 0.5}, 43).Read(0, 50), order);
}

}  // namespace
}  // namespace electra
