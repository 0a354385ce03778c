#include "core/batch/share.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace electra {
namespace {

constexpr SpecialTokenIds kSpecial;
const MaskingOptions kMasking{.mlm_probability = 0.3,
                              .replace_prob = 0.85,
                              .seed = 7,
                              .epoch = 1,
                              .random_token_prob = 0.2,
                              .vocab_size = 105};

// Sequences of 3 to 12 tokens.
struct Corpus {
  Corpus() {
    for (int32_t i = 0; i < 40; ++i) {
      for (int32_t j = 0; j < 3 + i * 7 % 10; ++j) ids.push_back(5 + (i * 31 + j * 17) % 100);
      offsets.push_back(ids.size());
    }
  }
  PackedBatch Batch(uint64_t first, uint64_t count) const {
    std::vector<uint64_t> sequences;
    for (uint64_t i = 0; i < count; ++i) sequences.push_back(first + i);
    return MakeBatch({.ids = ids, .offsets = offsets}, sequences, kSpecial, kMasking);
  }
  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};
};

int64_t Tokens(const StepShare& share) {
  int64_t tokens = 0;
  for (const PackedBatch& batch : share.micro_batches) tokens += batch.token_count();
  return tokens;
}

// Every sequence of the step is in one share, with its own tokens and masks.
void ExpectWhole(const std::vector<PackedBatch>& micro_batches,
                 const std::vector<StepShare>& shares) {
  std::map<std::pair<int64_t, uint64_t>, int> seen;  // by micro-batch and sequence
  for (const StepShare& share : shares) {
    ASSERT_EQ(share.indices.size(), share.micro_batches.size());
    for (size_t i = 0; i < share.micro_batches.size(); ++i) {
      const PackedBatch& part = share.micro_batches[i];
      const PackedBatch& whole = micro_batches[static_cast<size_t>(share.indices[i])];
      for (const PackedSequence& sequence : part.sequences) {
        ++seen[{share.indices[i], sequence.sequence}];
      }
      if (!part.whole) {
        EXPECT_EQ(part.original_ids, whole.original_ids);
        continue;
      }
      EXPECT_EQ(part.whole->token_count, whole.token_count());
      for (size_t token = 0; token < part.original_ids.size(); ++token) {
        const auto place = static_cast<size_t>(part.whole->token_places[token]);
        EXPECT_EQ(part.original_ids[token], whole.original_ids[place]);
        EXPECT_EQ(part.masked_ids[token], whole.masked_ids[place]);
        EXPECT_EQ(part.positions[token], whole.positions[place]);
      }
      for (size_t masked = 0; masked < part.masked_positions.size(); ++masked) {
        const auto token = static_cast<size_t>(part.masked_positions[masked]);
        const auto place = static_cast<size_t>(part.whole->masked_places[masked]);
        EXPECT_EQ(part.whole->token_places[token], whole.masked_positions[place]);
      }
      int64_t grouped = 0;
      for (const LengthGroup& group : part.groups) grouped += group.sequence_count * group.length;
      EXPECT_EQ(grouped, part.token_count());
    }
  }
  size_t expected = 0;
  for (const PackedBatch& batch : micro_batches) expected += batch.sequences.size();
  EXPECT_EQ(seen.size(), expected);
}

TEST(ShareTest, WholeMicroBatchesGoRoundAndTheRestIsDivided) {
  const Corpus corpus;
  std::vector<PackedBatch> micro_batches;
  for (uint64_t i = 0; i < 5; ++i) micro_batches.push_back(corpus.Batch(i * 8, 8));
  std::optional<size_t> observed;
  const std::vector<StepShare> shares = ShareOut(micro_batches, 2, &observed);
  ExpectWhole(micro_batches, shares);
  EXPECT_EQ(shares[0].indices, (std::vector<int64_t>{0, 2, 4}));
  EXPECT_EQ(shares[1].indices, (std::vector<int64_t>{1, 3, 4}));
  EXPECT_FALSE(shares[0].micro_batches[0].whole);
  EXPECT_TRUE(shares[0].micro_batches[2].whole);
  // The divided batch makes up for the difference of the whole ones.
  EXPECT_LE(std::abs(Tokens(shares[0]) - Tokens(shares[1])), 14);
}

TEST(ShareTest, OneBatchIsDividedByTokens) {
  const Corpus corpus;
  const std::vector<PackedBatch> micro_batches = {corpus.Batch(0, 40)};
  for (int64_t ranks : {1, 2, 3, 4, 7}) {
    std::optional<size_t> observed;
    const std::vector<StepShare> shares = ShareOut(micro_batches, ranks, &observed);
    ExpectWhole(micro_batches, shares);
    const auto [least, most] =
        std::minmax_element(shares.begin(), shares.end(),
                            [](const auto& a, const auto& b) { return Tokens(a) < Tokens(b); });
    EXPECT_LE(Tokens(*most) - Tokens(*least), 14) << ranks;  // the longest sequence
  }
}

TEST(ShareTest, ThereMayBeLessThanRanks) {
  const Corpus corpus;
  const std::vector<PackedBatch> micro_batches = {corpus.Batch(0, 2)};
  std::optional<size_t> observed;
  const std::vector<StepShare> shares = ShareOut(micro_batches, 4, &observed);
  ExpectWhole(micro_batches, shares);
  EXPECT_TRUE(shares[3].micro_batches.empty());
}

TEST(ShareTest, TheObservedSequenceIsTheFirstRanks) {
  const Corpus corpus;
  for (size_t count : {1, 3}) {
    std::vector<PackedBatch> micro_batches;
    for (uint64_t i = 0; i < count; ++i) micro_batches.push_back(corpus.Batch(i * 8, 8));
    for (size_t index = 0; index < 8; ++index) {
      std::optional<size_t> observed = index;
      const std::vector<StepShare> shares = ShareOut(micro_batches, 3, &observed);
      ExpectWhole(micro_batches, shares);
      ASSERT_TRUE(observed.has_value());
      EXPECT_EQ(shares[0].indices.front(), 0);
      EXPECT_EQ(shares[0].micro_batches.front().sequences.at(*observed).sequence,
                micro_batches[0].sequences[index].sequence);
    }
  }
}

}  // namespace
}  // namespace electra
