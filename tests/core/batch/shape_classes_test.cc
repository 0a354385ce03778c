#include "core/batch/shape_classes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace electra {
namespace {

// Sequences of these lengths, [CLS] and [SEP] included.
PackedBatch BatchOfLengths(const std::vector<int64_t>& lengths) {
  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};
  std::vector<uint64_t> sequences;
  for (const int64_t length : lengths) {
    sequences.push_back(sequences.size());
    ids.insert(ids.end(), static_cast<size_t>(length - 2), 7);
    offsets.push_back(ids.size());
  }
  return MakeBatch({.ids = ids, .offsets = offsets}, sequences, SpecialTokenIds{},
                   {.mlm_probability = 0.15, .replace_prob = 0.85, .seed = 1, .epoch = 0});
}

template <typename Number>
bool BeginsWith(const std::vector<Number>& all, const std::vector<Number>& own) {
  return all.size() >= own.size() && std::equal(own.begin(), own.end(), all.begin());
}

TEST(ShapeClassesTest, EveryNumberIsAMultiple) {
  for (const std::vector<int64_t>& lengths :
       std::vector<std::vector<int64_t>>{{2}, {128, 90, 3}, {512}, {511}, {256, 256, 256, 200}}) {
    const PackedBatch batch = BatchOfLengths(lengths);
    const PackedBatch padded = PadToClass(batch);
    EXPECT_EQ(padded.token_count() % kTokenClass, 0);
    EXPECT_EQ(padded.masked_count() % kMaskedClass, 0);
    EXPECT_EQ(static_cast<int64_t>(padded.sequences.size()) % kSequenceClass, 0);
    EXPECT_GT(padded.token_count(), batch.token_count());
    EXPECT_LE(padded.token_count(), batch.token_count() + kTokenClass);
    EXPECT_EQ(padded.masked_ids.size(), padded.original_ids.size());
    EXPECT_EQ(padded.positions.size(), padded.original_ids.size());
  }
}

TEST(ShapeClassesTest, WhatTheBatchHasStaysWhereItIs) {
  const PackedBatch batch = BatchOfLengths({128, 90, 3});
  const PackedBatch padded = PadToClass(batch);
  EXPECT_TRUE(BeginsWith(padded.original_ids, batch.original_ids));
  EXPECT_TRUE(BeginsWith(padded.masked_ids, batch.masked_ids));
  EXPECT_TRUE(BeginsWith(padded.positions, batch.positions));
  EXPECT_TRUE(BeginsWith(padded.masked_positions, batch.masked_positions));
  for (size_t i = batch.masked_positions.size(); i < padded.masked_positions.size(); ++i) {
    EXPECT_EQ(padded.masked_positions[i], batch.token_count());
  }
  for (size_t i = 0; i < batch.sequences.size(); ++i) {
    EXPECT_EQ(padded.sequences[i].first_token, batch.sequences[i].first_token);
    EXPECT_EQ(padded.sequences[i].length, batch.sequences[i].length);
  }
}

TEST(ShapeClassesTest, FurtherSequencesCoverTheTokensAndNoneIsTheLongest) {
  const PackedBatch batch = BatchOfLengths({100, 20, 3});
  const PackedBatch padded = PadToClass(batch);
  int64_t next = 0;
  for (const PackedSequence& sequence : padded.sequences) {
    EXPECT_EQ(sequence.first_token, next);
    EXPECT_LE(sequence.length, 100);
    next += sequence.length;
  }
  EXPECT_EQ(next, padded.token_count());
  int64_t grouped = 0;
  for (const LengthGroup& group : padded.groups) grouped += group.sequence_count * group.length;
  EXPECT_EQ(grouped, padded.token_count());
}

}  // namespace
}  // namespace electra
