#include "core/batch/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace electra {
namespace {

using ::testing::ElementsAre;

constexpr SpecialTokenIds kSpecial = {.pad = 0, .unk = 1, .cls = 2, .sep = 3, .mask = 4};

constexpr MaskingOptions kMasking = {
    .mlm_probability = 0.15, .replace_prob = 0.85, .seed = 7, .epoch = 0};

// `lengths` sequences of ordinary tokens 10, 11, ...
struct Corpus {
  explicit Corpus(const std::vector<uint64_t>& lengths) {
    for (uint64_t length : lengths) {
      for (uint64_t i = 0; i < length; ++i) ids.push_back(static_cast<int32_t>(10 + i));
      offsets.push_back(ids.size());
    }
  }
  TokenSequences sequences() const { return {.ids = ids, .offsets = offsets}; }

  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};
};

std::vector<uint64_t> Range(uint64_t count) {
  std::vector<uint64_t> range(count);
  std::iota(range.begin(), range.end(), 0);
  return range;
}

TEST(ChooseMaskedPositionsTest, MasksTheCeilingOfTheShare) {
  for (const auto& [length, expected] : std::vector<std::pair<uint64_t, size_t>>{
           {1, 1}, {6, 1}, {7, 2}, {20, 3}, {21, 4}, {100, 15}}) {
    const Corpus corpus({length});
    EXPECT_EQ(ChooseMaskedPositions(corpus.ids, kSpecial, kMasking, 0).size(), expected) << length;
  }
}

TEST(ChooseMaskedPositionsTest, NeverMasksSpecialTokens) {
  const std::vector<int32_t> ids = {2, 10, 3, 0, 3};  // one ordinary token among special ones
  for (uint64_t sequence = 0; sequence < 50; ++sequence) {
    EXPECT_THAT(ChooseMaskedPositions(ids, kSpecial, kMasking, sequence), ElementsAre(2));
  }
}

TEST(ChooseMaskedPositionsTest, MasksNothingWhereNothingIsMaskable) {
  EXPECT_TRUE(ChooseMaskedPositions(std::vector<int32_t>{3, 3}, kSpecial, kMasking, 0).empty());
  EXPECT_TRUE(ChooseMaskedPositions({}, kSpecial, kMasking, 0).empty());
}

TEST(ChooseMaskedPositionsTest, EveryPositionIsReachedAboutEquallyOften) {
  const Corpus corpus({10});
  std::vector<int> hits(12);
  for (uint64_t sequence = 0; sequence < 5000; ++sequence) {
    for (int64_t p : ChooseMaskedPositions(corpus.ids, kSpecial, kMasking, sequence)) {
      ++hits[static_cast<size_t>(p)];
    }
  }
  EXPECT_EQ(hits.front(), 0);  // [CLS]
  EXPECT_EQ(hits.back(), 0);   // [SEP]
  // 2 of 10 each time: 1000 expected, five standard deviations are 141.
  for (size_t p = 1; p <= 10; ++p) EXPECT_NEAR(hits[p], 1000, 141) << p;
}

TEST(MakeBatchTest, PacksWithoutPaddingTheLongestFirst) {
  const Corpus corpus({2, 5, 2});
  const PackedBatch batch = MakeBatch(corpus.sequences(), Range(3), kSpecial, kMasking);
  EXPECT_THAT(batch.original_ids,
              ElementsAre(2, 10, 11, 12, 13, 14, 3, 2, 10, 11, 3, 2, 10, 11, 3));
  EXPECT_THAT(batch.positions, ElementsAre(0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 0, 1, 2, 3));
  ASSERT_EQ(batch.groups.size(), 2u);
  EXPECT_EQ(batch.groups[0].sequence_count, 1);
  EXPECT_EQ(batch.groups[0].length, 7);
  EXPECT_EQ(batch.groups[1].sequence_count, 2);
  EXPECT_EQ(batch.groups[1].length, 4);
  EXPECT_EQ(batch.sequences[1].first_token, 7);
}

TEST(MakeBatchTest, AMaskedPositionIsTheMaskOrTheOriginal) {
  const Corpus corpus({60, 60, 60, 60, 60, 60, 60, 60, 60, 60});
  int replaced = 0;
  int masked = 0;
  for (uint64_t epoch = 0; epoch < 40; ++epoch) {
    MaskingOptions masking = kMasking;
    masking.epoch = epoch;
    const PackedBatch batch = MakeBatch(corpus.sequences(), Range(10), kSpecial, masking);
    std::set<int64_t> positions(batch.masked_positions.begin(), batch.masked_positions.end());
    for (int64_t i = 0; i < batch.token_count(); ++i) {
      const auto index = static_cast<size_t>(i);
      if (!positions.contains(i)) {
        EXPECT_EQ(batch.masked_ids[index], batch.original_ids[index]);
        continue;
      }
      ++masked;
      if (batch.masked_ids[index] == kSpecial.mask) {
        ++replaced;
      } else {
        EXPECT_EQ(batch.masked_ids[index], batch.original_ids[index]);
      }
    }
  }
  // 3600 trials with 0.85: five standard deviations are 107.
  EXPECT_EQ(masked, 3600);
  EXPECT_NEAR(replaced, 3060, 107);
}

// As electra-pytorch 0.1.2 at its masked places: a random token with random_token_prob, unless it is
// [PAD], [CLS] or [SEP], which stands for none; [MASK] with replace_prob elsewhere.
TEST(MakeBatchTest, AShareOfTheMaskedPositionsBecomesRandomTokens) {
  const Corpus corpus({60, 60, 60, 60, 60, 60, 60, 60, 60, 60});  // of tokens 10 .. 69
  MaskingOptions masking = kMasking;
  masking.random_token_prob = 0.4;
  masking.vocab_size = 100;
  std::map<int64_t, int> random;  // tokens that the corpus lacks: how often each
  int mask = 0;
  for (uint64_t epoch = 0; epoch < 40; ++epoch) {
    masking.epoch = epoch;
    const PackedBatch batch = MakeBatch(corpus.sequences(), Range(10), kSpecial, masking);
    const std::set<int64_t> positions(batch.masked_positions.begin(), batch.masked_positions.end());
    for (int64_t i = 0; i < batch.token_count(); ++i) {
      const int64_t id = batch.masked_ids[static_cast<size_t>(i)];
      if (!positions.contains(i)) {
        EXPECT_EQ(id, batch.original_ids[static_cast<size_t>(i)]);
      } else if (id == kSpecial.mask) {
        ++mask;
      } else if (id < 10 || id >= 70) {
        ++random[id];
      }
    }
  }
  for (const int64_t special : {kSpecial.pad, kSpecial.cls, kSpecial.sep}) {
    EXPECT_FALSE(random.contains(special));
  }
  EXPECT_EQ(random.begin()->first, 1);    // [UNK]
  EXPECT_EQ(random.rbegin()->first, 99);  // the vocabulary's last
  // Of 3600, 0.4 x 36 / 100 are one of the 36 that are neither special, [MASK] nor in the corpus:
  // 518.4, five standard deviations are 106. [MASK] are the others by replace_prob, and 0.4 / 100
  // by chance: (1 - 0.4 x 0.97) x 0.85 + 0.004 of 3600 are 1887, five deviations 150.
  int drawn = 0;
  for (const auto& [id, count] : random) drawn += count;
  EXPECT_NEAR(drawn, 518, 106);
  EXPECT_NEAR(mask, 1887, 150);
}

TEST(MakeBatchTest, WithoutRandomTokensTheOthersAreAsTheyWere) {
  const Corpus corpus({60, 60, 60});
  MaskingOptions masking = kMasking;
  const PackedBatch none = MakeBatch(corpus.sequences(), Range(3), kSpecial, masking);
  masking.random_token_prob = 0.3;
  masking.vocab_size = 100;
  const PackedBatch some = MakeBatch(corpus.sequences(), Range(3), kSpecial, masking);
  EXPECT_EQ(some.masked_positions, none.masked_positions);
  int kept = 0;
  for (const int64_t position : none.masked_positions) {
    const auto index = static_cast<size_t>(position);
    if (some.masked_ids[index] == none.masked_ids[index]) ++kept;
  }
  EXPECT_GT(kept, 0);
  EXPECT_NE(some.masked_ids, none.masked_ids);
}

TEST(LongestSequencesTest, TakesThemFromThoseThatAreNamed) {
  const Corpus corpus({3, 9, 4, 9, 12, 1});
  const std::vector<uint64_t> train = {0, 1, 2, 3, 5};
  EXPECT_THAT(LongestSequences(corpus.sequences(), train, 3), ElementsAre(1, 3, 2));
  EXPECT_THAT(LongestSequences(corpus.sequences(), train, 9), ElementsAre(1, 3, 2, 0, 5));
}

TEST(MakeBatchTest, MasksDoNotDependOnTheBatch) {
  const Corpus corpus({9, 30, 14});
  const PackedBatch alone =
      MakeBatch(corpus.sequences(), std::vector<uint64_t>{2}, kSpecial, kMasking);
  const PackedBatch together = MakeBatch(corpus.sequences(), Range(3), kSpecial, kMasking);
  const auto packed = std::find_if(together.sequences.begin(), together.sequences.end(),
                                   [](const PackedSequence& s) { return s.sequence == 2; });
  ASSERT_NE(packed, together.sequences.end());
  const std::vector<int64_t> part(
      together.masked_ids.begin() + packed->first_token,
      together.masked_ids.begin() + packed->first_token + packed->length);
  EXPECT_EQ(part, alone.masked_ids);
}

TEST(SplitSequencesTest, HoldsOutWholeSamples) {
  const std::vector<uint64_t> samples = {0, 0, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 9};
  const DataSplit split = SplitSequences(samples, Range(10), 20, 1);
  EXPECT_EQ(split.train.size() + split.validation.size(), samples.size());
  std::set<uint64_t> held_out;
  for (uint64_t sequence : split.validation) held_out.insert(samples[sequence]);
  EXPECT_EQ(held_out.size(), 2u);
  for (uint64_t sequence : split.train) EXPECT_FALSE(held_out.contains(samples[sequence]));
}

TEST(SplitSequencesTest, LeavesSomethingToTrainOn) {
  const DataSplit split = SplitSequences(std::vector<uint64_t>{0, 0}, Range(1), 50, 1);
  EXPECT_EQ(split.train.size(), 2u);
  EXPECT_TRUE(split.validation.empty());
}

TEST(SplitSequencesTest, ZeroHoldsOutNothing) {
  EXPECT_TRUE(SplitSequences(Range(100), Range(100), 0, 1).validation.empty());
  EXPECT_EQ(SplitSequences(Range(100), Range(100), 5, 1).validation.size(), 5u);
}

TEST(SplitSequencesTest, NothingThatIsHeldOutIsTrainedOn) {
  // 100 samples ten times over, and 20 that stand once.
  std::vector<uint64_t> originals;
  for (uint64_t sample = 0; sample < 1000; ++sample) originals.push_back(sample % 100);
  for (uint64_t sample = 1000; sample < 1020; ++sample) originals.push_back(sample);
  for (const double percentage : {10.0, 50.0, 99.0}) {
    const DataSplit split = SplitSequences(Range(1020), originals, percentage, 1);
    std::set<uint64_t> held_out;
    for (uint64_t sequence : split.validation) {
      EXPECT_TRUE(held_out.insert(originals[sequence]).second) << "held out twice";
    }
    EXPECT_EQ(held_out.size(), static_cast<size_t>(std::ceil(1.2 * percentage)));
    for (uint64_t sequence : split.train) EXPECT_FALSE(held_out.contains(originals[sequence]));
    EXPECT_FALSE(split.train.empty());
  }
}

TEST(SplitSequencesTest, WhatStandsOnceIsHeldOutFirst) {
  std::vector<uint64_t> originals(1000, 0);  // a line that stands nearly everywhere
  for (uint64_t sample = 900; sample < 1000; ++sample) originals[sample] = sample;
  const DataSplit split = SplitSequences(Range(1000), originals, 50, 1);
  EXPECT_EQ(split.validation.size(), 51u);
  EXPECT_EQ(split.train.size(), 949u);
}

TEST(FindOriginalsTest, TellsSamplesByAllOfTheirTokens) {
  // Sample 1 has two sequences; 2 is its first one alone, 3 all of it again; 4 is 0 again.
  const std::vector<int32_t> ids = {1, 2, 3, 4, 5, 3, 4, 3, 4, 5, 1, 2};
  const std::vector<uint64_t> offsets = {0, 2, 4, 5, 7, 9, 10, 12};
  const std::vector<uint64_t> samples = {0, 1, 1, 2, 3, 3, 4};
  EXPECT_EQ(FindOriginals({.ids = ids, .offsets = offsets}, samples),
            (std::vector<uint64_t>{0, 1, 2, 1, 0}));
  EXPECT_TRUE(FindOriginals({}, {}).empty());
}

TEST(EpochOrderTest, IsAnotherPermutationEachEpoch) {
  const std::vector<uint64_t> train = Range(100);
  const std::vector<uint64_t> first = EpochOrder(train, 3, 0);
  EXPECT_EQ(first, EpochOrder(train, 3, 0));
  EXPECT_NE(first, EpochOrder(train, 3, 1));
  EXPECT_NE(first, EpochOrder(train, 4, 0));
  std::vector<uint64_t> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, train);
}

}  // namespace
}  // namespace electra
