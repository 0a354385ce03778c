#include "core/loop/lost_ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/device_lost.h"
#include "core/ranks/rank_team.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

RankLoss Loss(int64_t step) {
  return {.step = step,
          .what = "a connection broke",
          .failure = std::nullopt,
          .back_to = Message("THE_START", "the start"),
          .join_timeout = std::chrono::seconds(30)};
}

class LostRanksTest : public ::testing::Test {
 protected:
  Recorder recorder_;
  LostRanks losses_{recorder_};
};

TEST_F(LostRanksTest, OneIsWarnedOf) {
  ASSERT_TRUE(losses_.Add(Loss(7)).ok());
  EXPECT_THAT(recorder_.warnings,
              ElementsAre("a rank was lost in step 7: a connection broke. Going back to the start "
                          "with the ranks that are there within 30 s"));
}

TEST_F(LostRanksTest, WhatTheRankSaidIsToldInstead) {
  RankLoss loss = Loss(7);
  loss.failure = {.kind = RankTeam::Failure::Kind::kError,
                  .rank = 2,
                  .message = Message("NO_SUCH_FILE", "no such file")};
  ASSERT_TRUE(losses_.Add(loss).ok());
  EXPECT_THAT(recorder_.warnings, ElementsAre(HasSubstr("step 7: rank 2 says: no such file. ")));
  const Message& warning = recorder_.messages.back();
  EXPECT_EQ(warning.code(), "RANK_LOST");
  EXPECT_EQ(warning.Inner("reason").code(), "RANK_SAYS");
  EXPECT_EQ(warning.Inner("reason").Inner("reason").code(), "NO_SUCH_FILE");
  EXPECT_EQ(warning.Inner("where").code(), "THE_START");
}

TEST_F(LostRanksTest, TheSixthInOneStepFailsTheJob) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(losses_.Add(Loss(7)).ok());
  const absl::Status status = losses_.Add(Loss(7));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("a rank was lost 6 times at step 7: "));
  EXPECT_THAT(recorder_.warnings, SizeIs(5));
}

TEST_F(LostRanksTest, AStepBetweenBeginsTheCountAnewButGoingBackDoesNot) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(losses_.Add(Loss(7)).ok());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(losses_.Add(Loss(8)).ok());
  ASSERT_TRUE(losses_.Add(Loss(3)).ok());  // on the way to step 8 again
  EXPECT_FALSE(losses_.Add(Loss(8)).ok());
}

TEST_F(LostRanksTest, ARankWithoutMemoryFailsTheJobAtOnce) {
  RankLoss loss = Loss(7);
  loss.failure = {.kind = RankTeam::Failure::Kind::kOutOfMemory,
                  .rank = 1,
                  .message = Message::Uncoded("CUDA out of memory")};
  const absl::Status status = losses_.Add(loss);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("the memory of rank 1 ran out in step 7: use a smaller batch_size"),
                    HasSubstr("CUDA out of memory")));
  EXPECT_THAT(recorder_.warnings, IsEmpty());
}

TEST_F(LostRanksTest, ALostDeviceEndsTheProcessThatItsRankSharesWithThisOne) {
  RankLoss loss = Loss(7);
  loss.failure = {.kind = RankTeam::Failure::Kind::kDeviceLost,
                  .rank = 1,
                  .message = Message::Uncoded("CUDA error: unknown")};
  EXPECT_TRUE(losses_.Add(loss).ok());
  loss.is_one_process = true;
  EXPECT_TRUE(IsDeviceLost(losses_.Add(loss)));
}

}  // namespace
}  // namespace electra
