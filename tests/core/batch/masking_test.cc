#include "core/batch/masking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/batch/random.h"

namespace electra {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;

constexpr SpecialTokenIds kSpecial = {.pad = 0, .unk = 1, .cls = 2, .sep = 3, .mask = 4};

// Ids from 100 on are `##` pieces.
const std::vector<uint8_t> kContinues = [] {
  std::vector<uint8_t> continues(200);
  std::fill(continues.begin() + 100, continues.end(), uint8_t{1});
  return continues;
}();

MaskingOptions Masking(MaskUnit unit, double probability = 0.15) {
  return {.mlm_probability = probability,
          .replace_prob = 0.85,
          .seed = 7,
          .epoch = 0,
          .unit = unit,
          .continues_word = kContinues};
}

// Words of these lengths.
std::vector<int32_t> Words(const std::vector<int>& lengths) {
  std::vector<int32_t> ids;
  for (int length : lengths) {
    ids.push_back(10);
    for (int i = 1; i < length; ++i) ids.push_back(100 + i);
  }
  return ids;
}

// The words (as index of their first token) that have a masked token; checks that each is whole.
std::vector<size_t> MaskedWords(const std::vector<int32_t>& ids,
                                const std::vector<int64_t>& masked) {
  std::vector<bool> is_masked(ids.size());
  for (int64_t position : masked) is_masked.at(static_cast<size_t>(position - 1)) = true;
  std::vector<size_t> words;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= 100 && i > 0) {
      EXPECT_EQ(is_masked[i], is_masked[i - 1]) << "a word is torn apart at " << i;
    } else if (is_masked[i]) {
      words.push_back(i);
    }
  }
  return words;
}

std::vector<int32_t> RandomText(uint64_t seed) {
  KeyedRandom random({seed});
  std::vector<int> lengths(5 + random.Below(40));
  for (int& length : lengths) length = 1 + static_cast<int>(random.Below(5));
  return Words(lengths);
}

TEST(WordMaskingTest, MasksWholeWordsAndAboutAsManyTokens) {
  for (MaskUnit unit : {MaskUnit::kWord, MaskUnit::kSpan}) {
    for (uint64_t sequence = 0; sequence < 300; ++sequence) {
      const std::vector<int32_t> ids = RandomText(sequence);
      const std::vector<int64_t> masked =
          ChooseMaskedPositions(ids, kSpecial, Masking(unit), sequence);
      EXPECT_TRUE(std::is_sorted(masked.begin(), masked.end()));
      MaskedWords(ids, masked);
      const double wanted = std::ceil(0.15 * static_cast<double>(ids.size()) - 1e-9);
      // The longest word has five tokens: half of that is as near as words allow, except that at
      // least one is masked.
      EXPECT_LE(std::abs(static_cast<double>(masked.size()) - wanted), wanted <= 2 ? 3 : 2);
      EXPECT_FALSE(masked.empty());
    }
  }
}

TEST(WordMaskingTest, WordsOfOnePieceAreExact) {
  for (MaskUnit unit : {MaskUnit::kWord, MaskUnit::kSpan}) {
    for (uint64_t sequence = 0; sequence < 50; ++sequence) {
      const std::vector<int32_t> ids = Words(std::vector<int>(41, 1));
      EXPECT_EQ(ChooseMaskedPositions(ids, kSpecial, Masking(unit), sequence).size(), 7u);
    }
  }
}

TEST(WordMaskingTest, AWordLongerThanWantedIsTakenWhereNothingElseIs) {
  const std::vector<int32_t> ids = Words({4, 4});
  EXPECT_THAT(ChooseMaskedPositions(ids, kSpecial, Masking(MaskUnit::kWord), 0),
              AnyOf(ElementsAre(1, 2, 3, 4), ElementsAre(5, 6, 7, 8)));
}

TEST(WordMaskingTest, NeverMasksSpecialTokensNorJoinsWordsAcrossThem) {
  const std::vector<int32_t> ids = {100, 3, 101, 10, 101};  // ##a [SEP] ##b, c ##d
  for (uint64_t sequence = 0; sequence < 50; ++sequence) {
    for (MaskUnit unit : {MaskUnit::kWord, MaskUnit::kSpan}) {
      EXPECT_THAT(ChooseMaskedPositions(ids, kSpecial, Masking(unit, 0.25), sequence),
                  AnyOf(ElementsAre(1), ElementsAre(3)));
    }
  }
  EXPECT_TRUE(
      ChooseMaskedPositions(std::vector<int32_t>{3, 3}, kSpecial, Masking(MaskUnit::kSpan), 0)
          .empty());
}

TEST(WordMaskingTest, IsAFunctionOfSeedEpochAndSequence) {
  const std::vector<int32_t> ids = RandomText(3);
  for (MaskUnit unit : {MaskUnit::kWord, MaskUnit::kSpan}) {
    MaskingOptions other_epoch = Masking(unit);
    other_epoch.epoch = 1;
    const auto first = ChooseMaskedPositions(ids, kSpecial, Masking(unit), 5);
    EXPECT_EQ(first, ChooseMaskedPositions(ids, kSpecial, Masking(unit), 5));
    EXPECT_NE(first, ChooseMaskedPositions(ids, kSpecial, other_epoch, 5));
    EXPECT_NE(first, ChooseMaskedPositions(ids, kSpecial, Masking(unit), 6));
  }
}

TEST(WordMaskingTest, EveryWordIsReachedAboutEquallyOften) {
  const std::vector<int32_t> ids = Words(std::vector<int>(10, 2));
  std::map<size_t, int> hits;
  for (uint64_t sequence = 0; sequence < 5000; ++sequence) {
    for (size_t word : MaskedWords(
             ids, ChooseMaskedPositions(ids, kSpecial, Masking(MaskUnit::kWord, 0.2), sequence))) {
      ++hits[word];
    }
  }
  // 2 of 10 words each time: 1000 expected, five standard deviations are 141.
  ASSERT_EQ(hits.size(), 10u);
  for (const auto& [word, count] : hits) EXPECT_NEAR(count, 1000, 141) << word;
}

// Spans with room have lengths that fall like the geometric distribution, up to the maximum.
TEST(SpanMaskingTest, LengthsAreGeometric) {
  const std::vector<int32_t> ids = Words(std::vector<int>(200, 1));
  MaskingOptions options = Masking(MaskUnit::kSpan, 0.05);  // 10 of 200: few spans touch
  options.max_span_length = 4;
  std::map<int64_t, double> runs;
  double all = 0;
  for (uint64_t sequence = 0; sequence < 3000; ++sequence) {
    const std::vector<int64_t> masked = ChooseMaskedPositions(ids, kSpecial, options, sequence);
    for (size_t i = 0; i < masked.size();) {
      size_t end = i + 1;
      while (end < masked.size() && masked[end] == masked[end - 1] + 1) ++end;
      runs[static_cast<int64_t>(end - i)] += 1;
      all += 1;
      i = end;
    }
  }
  // P(n) = 0.8^(n-1) / (1 + 0.8 + 0.64 + 0.512); the last span is cut where the count is reached,
  // and a few spans touch, so this is a comparison of shapes.
  EXPECT_NEAR(runs[1] / all, 0.34 + 0.06, 0.05);
  EXPECT_GT(runs[1], runs[2]);
  EXPECT_GT(runs[2], runs[3]);
  EXPECT_GT(runs[4] / all, 0.1);
  EXPECT_LT(runs[5] / all, 0.03);

  options.span_geometric_p = 1;  // every span is one word
  EXPECT_EQ(ChooseMaskedPositions(ids, kSpecial, options, 0).size(), 10u);
}

}  // namespace
}  // namespace electra
