#include "core/batch/token_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace electra {
namespace {

using ::testing::Each;

TEST(TokenWeightsTest, WhatTheDomainHasMoreOfCountsMore) {
  const std::vector<double> domain = {50, 30, 15, 5};
  const std::vector<double> base = {50, 10, 15, 25};
  const std::vector<float> weights = DomainTokenWeights(domain, base, 5);
  ASSERT_EQ(weights.size(), 5u);
  EXPECT_EQ(weights[0], 1);
  EXPECT_NEAR(weights[1], 1 + std::log(31.0 / 11.0), 1e-6);
  EXPECT_EQ(weights[2], 1);
  EXPECT_EQ(weights[3], 1);  // the domain has less of it
  EXPECT_EQ(weights[4], 1);  // neither has it
}

TEST(TokenWeightsTest, TextsOfUnlikeSizesAreComparedOnTheScaleOfTheShorter) {
  const std::vector<double> domain = {500, 300, 200};
  const std::vector<double> base = {8, 1, 1};
  const std::vector<float> weights = DomainTokenWeights(domain, base, 3);
  EXPECT_NEAR(weights[1], 1 + std::log(4.0 / 2.0), 1e-6);  // 3 of 10 and 1 of 10, each and one more
  EXPECT_EQ(DomainTokenWeights(domain, domain, 3), std::vector<float>(3, 1));
}

TEST(TokenWeightsTest, NoTokenCountsMoreThanTheMost) {
  const std::vector<double> domain = {0, 1e9};
  const std::vector<double> base = {1e9, 0};
  EXPECT_EQ(DomainTokenWeights(domain, base, 2)[1], static_cast<float>(kMostTokenWeight));
}

TEST(TokenWeightsTest, WithoutTextAllCountOnce) {
  EXPECT_THAT(DomainTokenWeights({}, std::vector<double>{1, 2}, 3), Each(1));
  EXPECT_THAT(DomainTokenWeights(std::vector<double>{1, 2}, {}, 3), Each(1));
}

}  // namespace
}  // namespace electra
