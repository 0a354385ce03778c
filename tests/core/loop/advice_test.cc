#include "core/loop/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/shape/presets.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(SmallBatchAdviceTest, WarnsOfTheRateOfALargeBatchOnAFewSequences) {
  Hyperparameters hyperparameters;
  hyperparameters.learning_rate = 2e-4;
  hyperparameters.batch_size = 4;
  const ModelConfig base = FindModelPreset("base")->config;
  const std::optional<Message> advice = SmallBatchAdvice(hyperparameters, base);
  ASSERT_TRUE(advice.has_value());
  EXPECT_THAT(advice->text(), AllOf(HasSubstr("0.0002"), HasSubstr("steps of 4 sequences"),
                                    HasSubstr("with 256"), HasSubstr("3e-05")));
  hyperparameters.gradient_accumulation_steps = 64;
  EXPECT_FALSE(SmallBatchAdvice(hyperparameters, base).has_value());
  hyperparameters.gradient_accumulation_steps = 1;
  hyperparameters.learning_rate = 5e-5;
  EXPECT_FALSE(SmallBatchAdvice(hyperparameters, base).has_value());
}

TEST(SmallBatchAdviceTest, DefaultsNeedNone) {
  for (const char* name : {"tiny", "small", "base"}) {
    const ModelPreset& preset = *FindModelPreset(name);
    Hyperparameters hyperparameters;
    hyperparameters.learning_rate = preset.learning_rate;
    EXPECT_FALSE(SmallBatchAdvice(hyperparameters, preset.config).has_value()) << name;
  }
}

TEST(TinyCorpusAdviceTest, WarnsWhereAFewSequencesAreReadOftenAgain) {
  EXPECT_TRUE(TinyCorpusAdvice(3, 3, 1000).has_value());
  EXPECT_FALSE(TinyCorpusAdvice(3, 3, 9).has_value());
  EXPECT_FALSE(TinyCorpusAdvice(10000, 300, 3000).has_value());
}

TEST(OvertrainedAdviceTest, WarnsWhereAnEarlierStepWasClearlyBetter) {
  const auto at = [](int64_t step, double loss, double f1) {
    EvaluationMetrics evaluation{.step = step};
    evaluation.loss.combined_loss = loss;
    evaluation.discriminator_f1 = f1;
    return evaluation;
  };
  constexpr auto kLoss = MetricForBestModel::kLoss;
  constexpr auto kF1 = MetricForBestModel::kF1;
  const Hyperparameters by_loss;
  const Hyperparameters by_f1{.metric_for_best_model = kF1};
  EXPECT_FALSE(OvertrainedAdvice({}, at(9, 5, 0), by_loss).has_value());
  BestEvaluation best;
  best.Add(at(3, 5, 0.5), kLoss);
  EXPECT_FALSE(OvertrainedAdvice(best, at(9, 5.04, 0), by_loss).has_value());
  const std::optional<Message> advice = OvertrainedAdvice(best, at(9, 6.5, 0), by_loss);
  ASSERT_TRUE(advice.has_value());
  EXPECT_THAT(advice->text(), AllOf(HasSubstr("combined loss was 5.000 after step 3"),
                                    HasSubstr("6.500"), HasSubstr("load_best_model_at_end")));
  BestEvaluation best_f1;
  best_f1.Add(at(3, 5, 0.5), kF1);
  EXPECT_FALSE(OvertrainedAdvice(best_f1, at(9, 6, 0.499), by_f1).has_value());
  EXPECT_THAT(OvertrainedAdvice(best_f1, at(9, 4, 0.25), by_f1).value_or(Message()).text(),
              HasSubstr("F1 was 0.500 after step 3 and is 0.250 after the last step, 9"));
}

TEST(BestModelNoteTest, NamesTheStepTheMeasureAndItsValue) {
  BestEvaluation best;
  best.step = 6;
  best.value = 0.5;
  const Message lowest = BestModelNote(
      best, Hyperparameters{.metric_for_best_model = MetricForBestModel::kGeneratorLoss}, 9);
  EXPECT_EQ(lowest.text(),
            "the model is that of step 6, whose evaluated generator loss 0.5 is the lowest");
  EXPECT_EQ(lowest.Inner("metric").code(), "GENERATOR_LOSS");
  Hyperparameters by_f1{.metric_for_best_model = MetricForBestModel::kF1};
  EXPECT_EQ(BestModelNote(best, by_f1, 9).text(),
            "the model is that of step 6, whose evaluated F1 0.5 is the highest");
  by_f1.metric_eval_corpus = "일반";
  EXPECT_EQ(BestModelNote(best, by_f1, 9).text(),
            "the model is that of step 6, whose evaluated F1 of 일반 0.5 is the highest");
}

TEST(DurationAdviceTest, SpeaksWhereAllStepsTakeLonger) {
  Hyperparameters values;
  EXPECT_FALSE(DurationAdvice(values, 1e9).has_value());
  values.max_duration = 60;
  EXPECT_FALSE(DurationAdvice(values, 3600).has_value());
  const auto advice = DurationAdvice(values, 7200);
  ASSERT_TRUE(advice.has_value());
  EXPECT_THAT(advice->text(), HasSubstr("about 120 minutes, and max_duration is 60"));
}

TEST(FlatDiscriminatorWatchTest, SpeaksOnceAfterSeveralInARow) {
  FlatDiscriminatorWatch watch(/*warmup_steps=*/100);
  const auto says = [&](int64_t step, std::optional<double> recall) {
    EvaluationMetrics evaluation{.step = step};
    evaluation.loss.discriminator_recall = recall;
    return watch.Add(evaluation, {}).has_value();
  };
  EXPECT_FALSE(says(0, 0));
  EXPECT_FALSE(says(50, 0));
  EXPECT_FALSE(says(100, 0));
  EXPECT_FALSE(says(150, 0));
  EXPECT_FALSE(says(200, 0.1));  // begins anew
  EXPECT_FALSE(says(250, 0));
  EXPECT_FALSE(says(260, std::nullopt));  // no fake to catch: begins anew
  EXPECT_FALSE(says(270, 0));
  EXPECT_FALSE(says(300, 0));
  EXPECT_TRUE(says(350, 0));
  EXPECT_FALSE(says(400, 0));
}

}  // namespace
}  // namespace electra
