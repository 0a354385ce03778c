#include "core/loop/step_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

StepResult Good(int64_t step, double generator_loss = 6) {
  StepResult result{.step = step};
  result.sums = {.generator_loss = generator_loss, .masked = 2, .tokens = 10};
  return result;
}

StepResult Bad(int64_t step) {
  StepResult result = Good(step, std::numeric_limits<double>::quiet_NaN());
  result.skipped = true;
  return result;
}

class StepReportsTest : public ::testing::Test {
 protected:
  std::optional<int64_t> Report(const std::vector<StepResult>& results) {
    return reports_.Report(results);
  }

  static Hyperparameters Settings() {
    Hyperparameters hyperparameters;
    hyperparameters.max_bad_steps = 3;
    return hyperparameters;
  }

  const Hyperparameters hyperparameters_ = Settings();
  const RunLength run_{.steps_per_epoch = 2, .total_steps = 10, .warmup_steps = 1};
  Recorder recorder_;
  StepReports reports_{hyperparameters_, run_, recorder_};
};

TEST_F(StepReportsTest, TellsOfEachStepWithItsShareOfTheTime) {
  EXPECT_EQ(Report({Good(2), Good(3)}), std::nullopt);
  ASSERT_THAT(recorder_.steps, SizeIs(2));
  EXPECT_EQ(recorder_.steps[0].epoch, 0);
  EXPECT_EQ(recorder_.steps[1].epoch, 1);
  EXPECT_EQ(recorder_.steps[1].loss.generator_loss, 3);
  EXPECT_EQ(recorder_.steps[0].step_seconds, recorder_.steps[1].step_seconds);
  EXPECT_EQ(Report({}), std::nullopt);
  EXPECT_THAT(recorder_.steps, SizeIs(2));
}

TEST_F(StepReportsTest, TokensGoOnFromAnEarlierAttempt) {
  reports_.GoOnFrom(/*tokens_seen=*/500, /*skipped_steps=*/4, /*run_seconds=*/0);
  Report({Good(1), Bad(2), Good(3)});
  EXPECT_EQ(recorder_.steps.back().tokens_seen, 530);
  EXPECT_EQ(reports_.tokens_seen(), 530);
  EXPECT_EQ(recorder_.skipped_steps, 5);
}

TEST_F(StepReportsTest, SoDoesTheTimeOfTheRun) {
  reports_.GoOnFrom(/*tokens_seen=*/0, /*skipped_steps=*/0, /*run_seconds=*/1000);
  reports_.RestartClock();
  Report({Good(1), Good(2)});
  Report({Good(3)});
  ASSERT_THAT(recorder_.steps, SizeIs(3));
  EXPECT_GE(recorder_.steps[0].run_seconds, 1000);
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_GE(recorder_.steps[i].run_seconds,
              recorder_.steps[i - 1].run_seconds + 0.99 * recorder_.steps[i].step_seconds);
  }
  EXPECT_GE(reports_.run_seconds(), recorder_.steps[2].run_seconds);
  // Going back, it is that of the checkpoint again.
  reports_.GoOnFrom(0, 0, 0);
  EXPECT_LT(reports_.run_seconds(), 1000);
}

TEST_F(StepReportsTest, ABadStepIsWarnedOfAndNotTheLastLoss) {
  EXPECT_EQ(Report({Good(1), Bad(2)}), std::nullopt);
  EXPECT_THAT(recorder_.steps, SizeIs(1));
  EXPECT_EQ(reports_.last_loss().generator_loss, 3);
  EXPECT_EQ(reports_.bad_steps().in_a_row(), 1);
  EXPECT_THAT(recorder_.warnings,
              ElementsAre(HasSubstr("step 2 was skipped and changed nothing: its loss is nan")));
  EXPECT_THAT(recorder_.warnings, ElementsAre(HasSubstr("(1 in a row, the job fails at 3)")));
}

TEST_F(StepReportsTest, StopsAtTheStepWithWhichTooManyInARowWereBad) {
  EXPECT_EQ(Report({Bad(1), Bad(2), Good(3), Bad(4)}), std::nullopt);
  EXPECT_EQ(Report({Bad(5), Bad(6), Good(7)}), 6);
  EXPECT_EQ(reports_.bad_steps().first(), 4);
  EXPECT_THAT(recorder_.steps, SizeIs(1));
}

}  // namespace
}  // namespace electra
