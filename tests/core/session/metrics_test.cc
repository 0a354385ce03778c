#include "core/session/metrics.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

TEST(MeanMetricsTest, WeighsAndDivides) {
  TokenSums sums{.generator_loss = 30,
                 .discriminator_loss = 20,
                 .masked = 10,
                 .tokens = 100,
                 .generator_correct = 4,
                 .discriminator_correct = 93,
                 .fakes = 8,
                 .suspected = 5,
                 .caught = 3};
  const LossMetrics metrics = MeanMetrics(sums, 1, 50);
  EXPECT_DOUBLE_EQ(metrics.generator_loss, 3);
  EXPECT_DOUBLE_EQ(metrics.discriminator_loss, 0.2);
  EXPECT_DOUBLE_EQ(metrics.combined_loss, 13);
  EXPECT_DOUBLE_EQ(metrics.generator_accuracy, 0.4);
  EXPECT_DOUBLE_EQ(metrics.discriminator_accuracy, 0.93);
  EXPECT_DOUBLE_EQ(metrics.discriminator_precision.value(), 0.6);
  EXPECT_DOUBLE_EQ(metrics.discriminator_recall.value(), 0.375);
  EXPECT_NEAR(F1(metrics).value(), 2 * 0.6 * 0.375 / 0.975, 1e-12);
}

TEST(MeanMetricsTest, NothingSuspectedIsNoPrecision) {
  const LossMetrics metrics = MeanMetrics({.tokens = 10, .fakes = 2}, 1, 50);
  EXPECT_EQ(metrics.discriminator_precision, std::nullopt);
  EXPECT_EQ(metrics.discriminator_recall, 0.0);
  EXPECT_EQ(F1(metrics), 0.0);
}

TEST(MeanMetricsTest, WithoutAFakeNothingSaysHowWellFakesAreFound) {
  for (const int64_t suspected : {0, 3}) {
    const LossMetrics metrics = MeanMetrics(
        {.tokens = 10, .discriminator_correct = 10 - suspected, .suspected = suspected}, 1, 50);
    EXPECT_EQ(metrics.discriminator_precision, std::nullopt);
    EXPECT_EQ(metrics.discriminator_recall, std::nullopt);
    EXPECT_EQ(F1(metrics), std::nullopt);
    EXPECT_DOUBLE_EQ(metrics.discriminator_accuracy, static_cast<double>(10 - suspected) / 10);
  }
}

// Ranks and batches without a fake add nothing, rather than a 0 to a mean.
TEST(MeanMetricsTest, BatchesWithoutAFakeLeaveTheMeanAlone) {
  TokenSums sums{.tokens = 10, .fakes = 4, .suspected = 3, .caught = 3};
  sums += {.tokens = 90};
  const LossMetrics metrics = MeanMetrics(sums, 1, 50);
  EXPECT_EQ(metrics.discriminator_precision, 1.0);
  EXPECT_EQ(metrics.discriminator_recall, 0.75);
}

TEST(TokenSumsTest, AddUp) {
  TokenSums sums{.generator_loss = 1, .masked = 2, .tokens = 3, .fakes = 4, .caught = 5};
  sums += sums;
  EXPECT_EQ(sums.generator_loss, 2);
  EXPECT_EQ(sums.masked, 4);
  EXPECT_EQ(sums.tokens, 6);
  EXPECT_EQ(sums.fakes, 8);
  EXPECT_EQ(sums.caught, 10);
}

}  // namespace
}  // namespace electra
