#include "core/loop/held_out_text.h"

#include <gtest/gtest.h>

#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

class HeldOutTextTest : public LoopTest {
 protected:
  HeldOutTextTest() {
    WriteSentences(200);
    task_ = Task("job");
    task_.hyperparameters.validation_split_percentage = 40;
  }

  PreparedCorpus Prepare() {
    Recorder recorder;
    absl::StatusOr<PreparedCorpus> corpus = PrepareCorpus(task_, nullptr, recorder, {});
    EXPECT_TRUE(corpus.ok()) << corpus.status();
    return *std::move(corpus);
  }

  TrainingTask task_;
};

TEST_F(HeldOutTextTest, HoldsTheFirstOfTheHeldOutSequencesTheLongestFirst) {
  task_.hyperparameters.max_eval_samples = 70;
  const PreparedCorpus corpus = Prepare();
  ASSERT_EQ(corpus.split.validation.size(), 80u);
  const HeldOutText held_out(corpus, task_.hyperparameters);
  EXPECT_FALSE(held_out.empty());
  ASSERT_EQ(held_out.batch_count(), 3u);
  EXPECT_EQ(held_out.Batch(0).sequences.size(), 32u);
  EXPECT_EQ(held_out.Batch(2).sequences.size(), 6u);
  const std::vector<uint64_t>& validation = corpus.split.validation;
  int64_t last = 1000;
  for (size_t i = 0; i < held_out.batch_count(); ++i) {
    for (const PackedSequence& sequence : held_out.Batch(i).sequences) {
      EXPECT_LE(sequence.length, last);
      last = sequence.length;
      EXPECT_NE(std::find(validation.begin(), validation.begin() + 70, sequence.sequence),
                validation.begin() + 70);
    }
  }
}

TEST_F(HeldOutTextTest, IsMaskedAlikeHoweverTheJobTrains) {
  const PreparedCorpus corpus = Prepare();
  const HeldOutText one(corpus, task_.hyperparameters);
  Hyperparameters other_training = task_.hyperparameters;
  other_training.mlm_probability = 0.5;
  other_training.mask_unit = MaskUnit::kSpan;
  other_training.batch_size = 2;
  const HeldOutText other(corpus, other_training);
  Hyperparameters other_seed = task_.hyperparameters;
  other_seed.seed += 1;
  EXPECT_EQ(one.Batch(1).masked_positions, other.Batch(1).masked_positions);
  EXPECT_EQ(one.Batch(1).masked_ids, other.Batch(1).masked_ids);
  EXPECT_NE(one.Batch(1).masked_positions,
            HeldOutText(corpus, other_seed).Batch(1).masked_positions);
}

TEST_F(HeldOutTextTest, ACardReadsTheSameInLargerBatches) {
  const PreparedCorpus corpus = Prepare();
  const HeldOutText on_cpu(corpus, task_.hyperparameters);
  const HeldOutText on_card(corpus, task_.hyperparameters, "cuda:1");
  EXPECT_EQ(on_cpu.batch_count(), 3u);
  ASSERT_EQ(on_card.batch_count(), 1u);
  std::vector<int64_t> ids;
  for (size_t i = 0; i < on_cpu.batch_count(); ++i) {
    const PackedBatch batch = on_cpu.Batch(i);
    ids.insert(ids.end(), batch.masked_ids.begin(), batch.masked_ids.end());
  }
  EXPECT_EQ(on_card.Batch(0).masked_ids, ids);
}

TEST_F(HeldOutTextTest, MayBeEmpty) {
  task_.hyperparameters.validation_split_percentage = 0;
  const PreparedCorpus corpus = Prepare();
  const HeldOutText held_out(corpus, task_.hyperparameters);
  EXPECT_TRUE(held_out.empty());
  EXPECT_EQ(held_out.batch_count(), 0u);
}

}  // namespace
}  // namespace electra
