#include "core/loop/best_evaluation.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <vector>

namespace electra {
namespace {

constexpr auto kLoss = MetricForBestModel::kLoss;

EvaluationMetrics At(int64_t step, double combined_loss) {
  EvaluationMetrics evaluation{.step = step};
  evaluation.loss.combined_loss = combined_loss;
  return evaluation;
}

TEST(BestEvaluationTest, RemembersTheLowestAndCountsTheOthers) {
  BestEvaluation best;
  EXPECT_TRUE(best.Add(At(0, 5), kLoss));
  EXPECT_TRUE(best.Add(At(10, 3), kLoss));
  EXPECT_FALSE(best.Add(At(20, 3), kLoss));
  EXPECT_FALSE(best.Add(At(30, 4), kLoss));
  EXPECT_EQ(best.step, 10);
  EXPECT_EQ(best.evaluations_since, 2);
  EXPECT_TRUE(best.Add(At(40, 2), kLoss));
  EXPECT_EQ(best.evaluations_since, 0);
}

TEST(BestEvaluationTest, WhatIsNoNumberIsNeverTheBest) {
  BestEvaluation best;
  EXPECT_FALSE(best.Add(At(0, std::numeric_limits<double>::quiet_NaN()), kLoss));
  EXPECT_FALSE(best.Add(At(10, std::numeric_limits<double>::infinity()), kLoss));
  EXPECT_FALSE(best.step.has_value());
  EXPECT_TRUE(best.Add(At(20, 1e9), kLoss));
}

TEST(BestEvaluationTest, TheSameEvaluationAgainCountsOnce) {
  BestEvaluation best;
  best.Add(At(0, 1), kLoss);
  best.Add(At(10, 2), kLoss);
  best.Add(At(10, 2), kLoss);
  EXPECT_EQ(best.evaluations_since, 1);
}

TEST(BestEvaluationTest, EachMetricChoosesItsOwn) {
  std::vector<EvaluationMetrics> evaluations = {At(0, 9), At(10, 5), At(20, 7), At(30, 8)};
  const double generator_losses[] = {8, 7.5, 7, 7.2};
  const std::optional<double> f1[] = {std::nullopt, 0, 0.1, 0.3};
  for (size_t i = 0; i < evaluations.size(); ++i) {
    evaluations[i].loss.generator_loss = generator_losses[i];
    evaluations[i].discriminator_f1 = f1[i];
  }
  const auto best_by = [&](MetricForBestModel metric) {
    BestEvaluation best;
    for (const EvaluationMetrics& evaluation : evaluations) best.Add(evaluation, metric);
    return best;
  };
  EXPECT_EQ(best_by(kLoss).step, 10);
  EXPECT_EQ(best_by(MetricForBestModel::kGeneratorLoss).step, 20);
  EXPECT_EQ(best_by(MetricForBestModel::kF1).step, 30);
  EXPECT_EQ(best_by(MetricForBestModel::kF1).value, 0.3);
  EXPECT_EQ(best_by(MetricForBestModel::kGeneratorLoss).evaluations_since, 1);
  // An evaluation that is not recorded is nobody's best.
  evaluations[3].loss.combined_loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(best_by(MetricForBestModel::kF1).step, 20);
}

TEST(BestEvaluationTest, AnEvaluationCorpusCanBeTheJudge) {
  EvaluationMetrics evaluation = At(10, 5);
  EvaluationMetrics& general = evaluation.eval_corpora.emplace_back(At(10, 3));
  general.eval_corpus = "general";
  EXPECT_EQ(JudgedEvaluation(evaluation, {}).loss.combined_loss, 5);
  Hyperparameters hyperparameters;
  hyperparameters.metric_eval_corpus = "general";
  EXPECT_EQ(JudgedEvaluation(evaluation, hyperparameters).loss.combined_loss, 3);
  evaluation.eval_corpora.clear();  // its loss was not finite
  BestEvaluation best;
  EXPECT_FALSE(best.Add(JudgedEvaluation(evaluation, hyperparameters), kLoss));
  EXPECT_EQ(best.last_step, 10);
}

}  // namespace
}  // namespace electra
