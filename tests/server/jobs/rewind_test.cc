// Runs that go back: to a checkpoint, or to their start.
#include "server/jobs/rewind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/store/confusions.h"
#include "server/store/events.h"
#include "server/store/history.h"
#include "server/store/run_summaries.h"
#include "tests/server/jobs/scheduler_rig.h"

namespace electra::server {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RewindTest : public SchedulerRig {
 protected:
  void Write(const std::function<absl::Status(Transaction&)>& write) {
    const absl::Status status = database_->Write(write);
    ASSERT_TRUE(status.ok()) << status;
  }

  template <typename Read>
  auto Ask(Read read) {
    decltype(read(std::declval<Reader&>())) answer;
    EXPECT_TRUE(database_
                    ->Read([&](Reader& reader) {
                      answer = read(reader);
                      return absl::OkStatus();
                    })
                    .ok());
    return answer;
  }

  // A job that was training when its daemon was killed, after this many steps. It was evaluated
  // every second step, with a better loss each time.
  JobRow KilledJob(int64_t steps) {
    const JobRow job = Submit("killed", "auto");
    Write([&](Transaction& transaction) -> absl::Status {
      RETURN_IF_ERROR(ChangeState(transaction, job.id, v1::PREPARING));
      return ChangeState(transaction, job.id, v1::RUNNING);
    });
    for (int64_t step = 1; step <= steps; ++step) {
      Write([&](Transaction& transaction) {
        v1::TrainingEvent event;
        event.mutable_step()->set_step(step);
        event.mutable_step()->set_run_seconds(2.0 * static_cast<double>(step));
        AppendEvent(transaction, job.id, event);
        event.mutable_sample()->set_step(step);
        AppendEvent(transaction, job.id, event);
        if (step % 2 != 0) return absl::OkStatus();
        event.mutable_evaluation()->set_step(step);
        event.mutable_evaluation()->set_combined_loss(10.0 / static_cast<double>(step));
        AppendEvent(transaction, job.id, event);
        ConfusionReport confusions{.step = step, .sequences = 1, .confusions = {}};
        confusions.confusions.faked = {{.token = "a", .count = 1, .masked = 1, .fakes = 1}};
        PutConfusions(transaction, job.id, confusions);
        return absl::OkStatus();
      });
    }
    return job;
  }

  void AddCheckpoint(const JobRow& job, const std::string& name) {
    std::filesystem::create_directories(data_dir_.job(job.name) / "checkpoints" / name);
  }

  std::vector<v1::TrainingEvent> Events(const JobRow& job) {
    return Ask([&](Reader& reader) { return ReadEvents(reader, job.id, 0, 1000); });
  }

  std::vector<std::string> Warnings(const JobRow& job) {
    std::vector<std::string> texts;
    for (const v1::TrainingEvent& event : Events(job)) {
      if (event.log().severity() == v1::LogMessage::WARNING) texts.push_back(event.log().text());
    }
    return texts;
  }

  std::vector<int64_t> Steps(const JobRow& job) {
    std::vector<int64_t> steps;
    for (const v1::StepMetrics& step :
         Ask([&](Reader& reader) { return ListSteps(reader, job.id, {.limit = 1000}); })) {
      steps.push_back(step.step());
    }
    return steps;
  }

  void ExpectNothingAfter(const JobRow& job, int64_t step) {
    EXPECT_EQ(Get(job).step, step);
    for (const char* table : {"step_metrics", "evaluations", "samples", "evaluation_confusions",
                              "evaluation_tokens", "evaluation_fakes"}) {
      EXPECT_EQ(
          Ask([&](Reader& reader) {
            return reader.connection()
                .execAndGet(absl::StrCat("SELECT count(*) FROM ", table, " WHERE step > ", step))
                .getInt64();
          }),
          0)
          << table;
    }
  }

  // Starts a daemon's scheduler that only handles the unfinished job and does not begin it.
  void FindUnfinished(const JobRow& job) {
    Write([&](Transaction& transaction) {
      SetPauseRequested(transaction, job.id, true);
      return absl::OkStatus();
    });
    Scheduler scheduler(*database_, trainer_, data_dir_);
    ASSERT_TRUE(scheduler.Start().ok());
  }
};

TEST_F(RewindTest, AJobThatWasKilledBeforeItsFirstCheckpointStandsAtItsStart) {
  const JobRow job = KilledJob(7);
  FindUnfinished(job);
  ExpectNothingAfter(job, 0);
  const RunSummary run = Ask([&](Reader& reader) { return RunSummaries(reader).Read(job.id); });
  EXPECT_FALSE(run.last_step.has_value());
  EXPECT_FALSE(run.best_evaluation.has_value());
  EXPECT_THAT(Warnings(job), ElementsAre(AllOf(HasSubstr("the server stopped at step 7 before the "
                                                         "first checkpoint"),
                                               HasSubstr("starts over"))));
}

TEST_F(RewindTest, OneWithACheckpointStandsThere) {
  const JobRow job = KilledJob(7);
  AddCheckpoint(job, "step-00000002");
  AddCheckpoint(job, "step-00000005");
  AddCheckpoint(job, "step-00000006.unfinished");
  FindUnfinished(job);
  ExpectNothingAfter(job, 5);
  EXPECT_THAT(Steps(job), ElementsAre(1, 2, 3, 4, 5));
  const RunSummary run = Ask([&](Reader& reader) { return RunSummaries(reader).Read(job.id); });
  EXPECT_EQ(run.last_step->run_seconds(), 10);
  EXPECT_EQ(run.last_evaluation->step(), 4);
  EXPECT_EQ(run.best_evaluation->step(), 4);
  EXPECT_THAT(
      Warnings(job),
      ElementsAre(HasSubstr("the server stopped at step 7, after the checkpoint of step 5")));
}

// The log stays complete, and watchers that had seen a part of it see the rest.
TEST_F(RewindTest, TheLogGoesOnWithoutAGap) {
  const JobRow job = KilledJob(7);
  const std::vector<v1::TrainingEvent> before = Events(job);
  AddCheckpoint(job, "step-00000005");
  FindUnfinished(job);
  const std::vector<v1::TrainingEvent> after = Events(job);
  ASSERT_EQ(after.size(), before.size() + 3);
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].sequence(), static_cast<int64_t>(i) + 1);
    if (i < before.size()) {
      EXPECT_EQ(after[i].SerializeAsString(), before[i].SerializeAsString());
    }
  }
  const v1::Rewind& rewind = after[before.size()].rewind();
  EXPECT_EQ(rewind.step(), 5);
  EXPECT_EQ(rewind.last_step(), 7);
  EXPECT_EQ(after.back().state_change().to(), v1::PAUSED);
}

TEST_F(RewindTest, WhereNothingCameAfterTheCheckpointNothingIsSaid) {
  const JobRow job = KilledJob(6);
  AddCheckpoint(job, "step-00000006");
  FindUnfinished(job);
  EXPECT_EQ(Get(job).step, 6);
  EXPECT_THAT(Warnings(job), IsEmpty());
}

// It does not go on, so its records stay.
TEST_F(RewindTest, AJobThatWasBeingCancelledKeepsWhatItHadDone) {
  const JobRow job = KilledJob(7);
  Write([&](Transaction& transaction) {
    SetCancelRequested(transaction, job.id);
    return absl::OkStatus();
  });
  FindUnfinished(job);
  EXPECT_EQ(Get(job).state, v1::CANCELLED);
  EXPECT_EQ(Get(job).step, 7);
  EXPECT_THAT(Events(job).back().state_change().to(), v1::CANCELLED);
}

// After a damaged checkpoint, a lost rank or a retry, the trainer knows where to continue.
TEST_F(RewindTest, WhatTheTrainerGoesOnFromCounts) {
  const JobRow job = KilledJob(7);
  AddCheckpoint(job, "step-00000005");
  trainer_.GoOnFrom(2);
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  WaitFor(job, v1::SUCCEEDED);
  EXPECT_THAT(Steps(job), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Warnings(job),
              ElementsAre(HasSubstr("after the checkpoint of step 5"),
                          HasSubstr("the attempt before ended at step 5, after the checkpoint of "
                                    "step 2")));
  std::vector<std::string> texts;
  for (const v1::TrainingEvent& event : Events(job)) texts.push_back(event.log().text());
  EXPECT_THAT(texts, Contains("RESUMED from step 2"));
}

// Its steps have no checkpoint, and it is at the step where it will go on.
TEST_F(RewindTest, AJobThatPausesWithoutRoomForACheckpointStandsAtTheLastOne) {
  const JobRow job = KilledJob(2);
  AddCheckpoint(job, "step-00000002");
  trainer_.GoOnFrom(2);
  trainer_.SaveBytes(60'000);
  Quotas quotas;
  quotas.checkpoints = 1'000;
  Scheduler scheduler(*database_, trainer_, data_dir_, {.quotas = &quotas});
  ASSERT_TRUE(scheduler.Start().ok());
  WaitFor(job, v1::PAUSED);
  EXPECT_THAT(Get(job).reason.text(), HasSubstr("paused after step 2"));
  ExpectNothingAfter(job, 2);
  EXPECT_THAT(Steps(job), ElementsAre(1, 2));
  EXPECT_THAT(Warnings(job), ElementsAre(HasSubstr("ended at step 4, after the checkpoint of step "
                                                   "2: the job goes on from there")));
}

}  // namespace
}  // namespace electra::server
