#include "core/train/schedule.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

TEST(RunLengthTest, CountsStepsOfEpochs) {
  Hyperparameters hyperparameters;
  hyperparameters.batch_size = 8;
  hyperparameters.gradient_accumulation_steps = 2;
  hyperparameters.num_train_epochs = 2.5;
  const RunLength run = ComputeRunLength(hyperparameters, 100);
  EXPECT_EQ(run.steps_per_epoch, 7);  // 6 whole ones and one of 4
  EXPECT_EQ(run.total_steps, 18);     // 17.5, rounded up
  EXPECT_EQ(run.warmup_steps, 2);     // 10 %, rounded up
  EXPECT_EQ(run.EpochOf(1), 0);
  EXPECT_EQ(run.EpochOf(7), 0);
  EXPECT_EQ(run.EpochOf(8), 1);
}

TEST(RunLengthTest, MaxStepsOverridesEpochs) {
  Hyperparameters hyperparameters;
  hyperparameters.max_steps = 60;
  hyperparameters.warmup_steps = 5;
  const RunLength run = ComputeRunLength(hyperparameters, 10);
  EXPECT_EQ(run.total_steps, 60);
  EXPECT_EQ(run.warmup_steps, 5);
}

TEST(LearningRateTest, RisesThenFallsAndIsNeverZero) {
  const RunLength run{.steps_per_epoch = 10, .total_steps = 10, .warmup_steps = 4};
  EXPECT_DOUBLE_EQ(LearningRate(1.0, run, 1), 0.25);
  EXPECT_DOUBLE_EQ(LearningRate(1.0, run, 4), 1.0);
  EXPECT_DOUBLE_EQ(LearningRate(1.0, run, 5), 1.0);
  EXPECT_DOUBLE_EQ(LearningRate(1.0, run, 6), 5.0 / 6.0);
  EXPECT_DOUBLE_EQ(LearningRate(1.0, run, 10), 1.0 / 6.0);
}

TEST(LearningRateTest, WithoutWarmUpTheFirstStepHasThePeak) {
  const RunLength run{.steps_per_epoch = 2, .total_steps = 2, .warmup_steps = 0};
  EXPECT_DOUBLE_EQ(LearningRate(3.0, run, 1), 3.0);
  EXPECT_DOUBLE_EQ(LearningRate(3.0, run, 2), 1.5);
}

TEST(LearningRateTest, AWarmUpLongerThanTheRunDividesByNothing) {
  const RunLength run{.steps_per_epoch = 2, .total_steps = 2, .warmup_steps = 8};
  EXPECT_DOUBLE_EQ(LearningRate(1.0, run, 2), 0.25);
}

}  // namespace
}  // namespace electra
