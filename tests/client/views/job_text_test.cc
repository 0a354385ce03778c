#include "client/views/job_text.h"

#include "gtest/gtest.h"

namespace electra::client {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

// Begun long ago; its last step is ten seconds old and was the end of two minutes of training.
v1::Job PausedAndResumed(v1::JobState state) {
  v1::Job job;
  job.set_state(state);
  job.mutable_start_time()->set_seconds(1'000);
  job.mutable_update_time()->set_seconds(absl::ToUnixSeconds(kNow) - 10);
  job.mutable_last_step()->set_run_seconds(120);
  return job;
}

TEST(RunTimeTest, TimeBetweenAttemptsDoesNotCount) {
  EXPECT_EQ(RunTime(PausedAndResumed(v1::RUNNING), kNow), absl::Seconds(130));
  for (const v1::JobState state : {v1::PAUSED, v1::QUEUED, v1::SUCCEEDED}) {
    EXPECT_EQ(RunTime(PausedAndResumed(state), kNow), absl::Seconds(120));
  }
  // Its clock is ahead of ours.
  EXPECT_EQ(RunTime(PausedAndResumed(v1::RUNNING), kNow - absl::Hours(1)), absl::Seconds(120));
}

TEST(RunTimeTest, AJobThatIsToStartOverHasNone) {
  v1::Job job = PausedAndResumed(v1::QUEUED);
  job.clear_last_step();
  EXPECT_EQ(RunTime(job, kNow), absl::ZeroDuration());
  EXPECT_EQ(RunTime(v1::Job(), kNow), absl::ZeroDuration());
}

TEST(RunTimeTest, WhatOlderServersRecordedIsTheTimeFromStartToEnd) {
  v1::Job job = PausedAndResumed(v1::SUCCEEDED);
  job.mutable_last_step()->clear_run_seconds();
  job.mutable_end_time()->set_seconds(1'500);
  EXPECT_EQ(RunTime(job, kNow), absl::Seconds(500));
}

TEST(VocabularyTextTest, SaysWhereTheVocabularyIsFrom) {
  v1::Job job;
  EXPECT_EQ(VocabularyText(job, Language::kEnglish), "");
  job.set_vocabulary_source(v1::Job::VOCABULARY_SOURCE_CORPUS);
  EXPECT_EQ(VocabularyText(job, Language::kEnglish), "trained from the corpus");
  job.set_vocabulary_source(v1::Job::VOCABULARY_SOURCE_MODEL);
  EXPECT_EQ(VocabularyText(job, Language::kEnglish), "of the model that it started from");
  EXPECT_EQ(VocabularyText(job, Language::kKorean), "시작한 모델의 어휘");
  job.set_vocabulary_source(v1::Job::VOCABULARY_SOURCE_REQUEST);
  job.set_vocabulary_sha256("12ab");
  EXPECT_EQ(VocabularyText(job, Language::kEnglish), "sha256 12ab");
}

}  // namespace
}  // namespace electra::client
