#include "client/views/job_board.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/text/display_width.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/golden.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

v1::Job Job(const char* id, const char* name, v1::JobState state) {
  v1::Job job;
  job.set_name(absl::StrCat("jobs/", id));
  job.set_display_name(name);
  job.set_state(state);
  job.set_model("models/koelectra-small");
  return job;
}

v1::Job Running(const char* id, const char* name, int64_t step) {
  v1::Job job = Job(id, name, v1::RUNNING);
  job.set_step(step);
  job.set_total_steps(12'000);
  job.set_device("cuda:0");
  job.mutable_last_step()->set_combined_loss(9.8765);
  job.mutable_last_step()->set_tokens_per_second(123'456);
  job.mutable_last_step()->set_step_seconds(0.5);
  return job;
}

std::vector<v1::Job> Jobs() {
  v1::Job second = Job("0aa1bb2c", "", v1::QUEUED);
  second.set_queue_position(2);
  v1::Job first = Job("9c9c9c9c", "책 👩‍👩‍👧‍👦 e\u0301e\u0301", v1::QUEUED);
  first.set_queue_position(1);
  v1::Job paused = Running("5e5e5e5e", "하루 멈춘 작업", 3'000);
  paused.set_state(v1::PAUSED);
  std::vector<v1::Job> jobs = {second,
                               paused,
                               first,
                               Job("31313131", "שלום עולם", v1::PREPARING),
                               Running("7f3a12ab55aa", "컴퓨터 과학과 자료 구조 books", 5'400),
                               Running("8b8b8b8b", "short", 11'999)};
  SortForBoard(jobs);
  return jobs;
}

std::vector<std::string> Ids(const std::vector<v1::Job>& jobs) {
  std::vector<std::string> ids;
  for (const v1::Job& job : jobs) ids.push_back(job.name().substr(5));
  return ids;
}

TEST(JobBoard, RunningJobsComeBeforeTheQueueInItsOrder) {
  EXPECT_THAT(Ids(Jobs()), ElementsAre("7f3a12ab55aa", "8b8b8b8b", "31313131", "9c9c9c9c",
                                       "0aa1bb2c", "5e5e5e5e"));
}

TEST(JobBoardGolden, AllStates) {
  for (const Language language : {Language::kEnglish, Language::kKorean}) {
    std::string text;
    for (const int rows : {24, 4}) {
      const BoardOptions options = {.columns = 80, .rows = rows, .language = language};
      absl::StrAppend(&text, absl::StrJoin(RenderBoard(Jobs(), options), "\n"), "\n\n");
    }
    for (const v1::Job& job : Jobs()) absl::StrAppend(&text, JobLine(job, language), "\n");
    ExpectGolden(
        absl::StrCat("follow_all_80", language == Language::kKorean ? "_ko.txt" : "_en.txt"), text);
  }
}

TEST(JobBoard, RowsFitFrom60Columns) {
  for (int columns = 60; columns <= 160; ++columns) {
    for (const std::string& row : RenderBoard(Jobs(), {.columns = columns})) {
      EXPECT_LT(DisplayWidth(row), columns);
    }
  }
}

TEST(JobBoard, WhatHasNoPlaceIsCounted) {
  const auto rows = RenderBoard(Jobs(), {.rows = 4, .language = Language::kEnglish});
  ASSERT_THAT(rows, SizeIs(4));  // the heading, two jobs, the rest
  EXPECT_EQ(rows[3], "and 4 more");
  EXPECT_THAT(RenderBoard(Jobs(), {.rows = 7}), SizeIs(7));
}

TEST(JobBoard, AnEmptyOneSaysSo) {
  EXPECT_THAT(RenderBoard({}, {.language = Language::kEnglish}),
              ElementsAre("No job is running or waiting."));
}

TEST(JobBoard, ALineOfAJobThatHasEndedHasItsReason) {
  v1::Job job = Running("7f3a", "books", 12);
  job.set_state(v1::FAILED);
  job.set_reason("no space left on the device");
  EXPECT_EQ(JobLine(job, Language::kEnglish),
            "books (7f3a): failed · step 12/12,000 · Combined 9.877 · no space left on the device");
}

}  // namespace
}  // namespace electra::client
