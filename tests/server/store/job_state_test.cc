#include "server/store/job_state.h"

#include <gtest/gtest.h>

namespace electra::server {
namespace {

TEST(JobStateTest, OnlyTheDocumentedTransitionsExist) {
  EXPECT_TRUE(CheckTransition(v1::JOB_STATE_UNSPECIFIED, v1::QUEUED).ok());
  EXPECT_TRUE(CheckTransition(v1::QUEUED, v1::PREPARING).ok());
  EXPECT_TRUE(CheckTransition(v1::RUNNING, v1::QUEUED).ok());
  EXPECT_FALSE(CheckTransition(v1::QUEUED, v1::RUNNING).ok());
  EXPECT_FALSE(CheckTransition(v1::RUNNING, v1::PREPARING).ok());
  const absl::Status status = CheckTransition(v1::SUCCEEDED, v1::CANCELLED);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("SUCCEEDED"), absl::string_view::npos);
}

TEST(JobStateTest, OnlyARetryLeavesATerminalState) {
  for (int from = v1::JobState_MIN; from <= v1::JobState_MAX; ++from) {
    if (!IsTerminal(static_cast<v1::JobState>(from))) continue;
    for (int to = v1::JobState_MIN; to <= v1::JobState_MAX; ++to) {
      EXPECT_EQ(
          CheckTransition(static_cast<v1::JobState>(from), static_cast<v1::JobState>(to)).ok(),
          from != v1::SUCCEEDED && to == v1::QUEUED);
    }
  }
}

TEST(JobStateTest, NamesAreReadAndWritten) {
  for (int state = v1::JobState_MIN; state <= v1::JobState_MAX; ++state) {
    EXPECT_EQ(ParseJobState(JobStateName(static_cast<v1::JobState>(state))), state);
  }
  EXPECT_EQ(ParseJobState("SLEEPING"), v1::JOB_STATE_UNSPECIFIED);
}

}  // namespace
}  // namespace electra::server
