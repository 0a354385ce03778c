#include "core/settings/schedule.h"

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

// A peak of 1 that is reached after 4 of 10 steps.
constexpr RunLength kRun = {.steps_per_epoch = 10, .total_steps = 10, .warmup_steps = 4};

Hyperparameters WithScheduler(LrSchedulerType type) {
  Hyperparameters hyperparameters;
  hyperparameters.learning_rate = 1;
  hyperparameters.lr_scheduler_type = type;
  return hyperparameters;
}

TEST(LearningRateTest, RisesThenFallsAndIsNeverZero) {
  const Hyperparameters linear = WithScheduler(LrSchedulerType::kLinear);
  EXPECT_DOUBLE_EQ(LearningRate(linear, kRun, 1), 0.25);
  EXPECT_DOUBLE_EQ(LearningRate(linear, kRun, 4), 1.0);
  EXPECT_DOUBLE_EQ(LearningRate(linear, kRun, 5), 1.0);
  EXPECT_DOUBLE_EQ(LearningRate(linear, kRun, 6), 5.0 / 6.0);
  EXPECT_DOUBLE_EQ(LearningRate(linear, kRun, 10), 1.0 / 6.0);
}

TEST(LearningRateTest, CosineFallsSlowlyAtBothEnds) {
  const Hyperparameters cosine = WithScheduler(LrSchedulerType::kCosine);
  EXPECT_DOUBLE_EQ(LearningRate(cosine, kRun, 2), 0.5);
  EXPECT_DOUBLE_EQ(LearningRate(cosine, kRun, 5), 1.0);
  EXPECT_DOUBLE_EQ(LearningRate(cosine, kRun, 8), 0.5);  // half of the six
  EXPECT_NEAR(LearningRate(cosine, kRun, 6), 0.9330127, 1e-6);
  EXPECT_NEAR(LearningRate(cosine, kRun, 10), 0.0669873, 1e-6);
}

TEST(LearningRateTest, ConstantStaysBehindTheWarmUp) {
  const Hyperparameters constant = WithScheduler(LrSchedulerType::kConstant);
  EXPECT_DOUBLE_EQ(LearningRate(constant, kRun, 3), 0.75);
  for (int64_t step = 4; step <= 10; ++step) {
    EXPECT_DOUBLE_EQ(LearningRate(constant, kRun, step), 1.0);
  }
}

TEST(LearningRateTest, WithoutWarmUpTheFirstStepHasThePeak) {
  const RunLength run{.steps_per_epoch = 2, .total_steps = 2, .warmup_steps = 0};
  for (LrSchedulerType type :
       {LrSchedulerType::kLinear, LrSchedulerType::kCosine, LrSchedulerType::kConstant}) {
    EXPECT_DOUBLE_EQ(LearningRate(WithScheduler(type), run, 1), 1.0);
  }
  EXPECT_DOUBLE_EQ(LearningRate(WithScheduler(LrSchedulerType::kLinear), run, 2), 0.5);
}

TEST(LearningRateTest, AWarmUpLongerThanTheRunDividesByNothing) {
  const RunLength run{.steps_per_epoch = 2, .total_steps = 2, .warmup_steps = 8};
  EXPECT_DOUBLE_EQ(LearningRate(WithScheduler(LrSchedulerType::kLinear), run, 2), 0.25);
}

TEST(DiscriminatorWeightTest, RisesToItsValue) {
  Hyperparameters hyperparameters;
  EXPECT_DOUBLE_EQ(DiscriminatorWeight(hyperparameters, 1), 50);
  hyperparameters.disc_weight_warmup_steps = 4;
  EXPECT_DOUBLE_EQ(DiscriminatorWeight(hyperparameters, 1), 12.5);
  EXPECT_DOUBLE_EQ(DiscriminatorWeight(hyperparameters, 4), 50);
  EXPECT_DOUBLE_EQ(DiscriminatorWeight(hyperparameters, 5), 50);
}

}  // namespace
}  // namespace electra
