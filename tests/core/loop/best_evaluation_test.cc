#include "core/loop/best_evaluation.h"

#include <gtest/gtest.h>

#include <limits>

namespace electra {
namespace {

TEST(BestEvaluationTest, RemembersTheLowestAndCountsTheOthers) {
  BestEvaluation best;
  EXPECT_TRUE(best.Add(0, 5));
  EXPECT_TRUE(best.Add(10, 3));
  EXPECT_FALSE(best.Add(20, 3));
  EXPECT_FALSE(best.Add(30, 4));
  EXPECT_EQ(best.step, 10);
  EXPECT_EQ(best.evaluations_since, 2);
  EXPECT_TRUE(best.Add(40, 2));
  EXPECT_EQ(best.evaluations_since, 0);
}

TEST(BestEvaluationTest, WhatIsNoNumberIsNeverTheBest) {
  BestEvaluation best;
  EXPECT_FALSE(best.Add(0, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(best.Add(10, std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(best.step.has_value());
  EXPECT_TRUE(best.Add(20, 1e9));
}

TEST(BestEvaluationTest, TheSameEvaluationAgainCountsOnce) {
  BestEvaluation best;
  best.Add(0, 1);
  best.Add(10, 2);
  best.Add(10, 2);
  EXPECT_EQ(best.evaluations_since, 1);
}

}  // namespace
}  // namespace electra
