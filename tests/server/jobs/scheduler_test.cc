// Which devices a job gets, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/store/models.h"
#include "server/store/training_times.h"
#include "tests/server/jobs/scheduler_rig.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SchedulerTest : public SchedulerRig {
 protected:
  void AddCards(int count) {
    for (int i = 0; i < count; ++i) trainer_.AddDevice("cuda:" + std::to_string(i));
  }

  JobRow SubmitTo(Scheduler& scheduler, const std::string& name, int64_t devices,
                  int64_t priority = 0) {
    const JobRow job = Submit(name, "auto", devices, priority);
    scheduler.Wake();
    return job;
  }
};

TEST_F(SchedulerTest, AJobThatAnyCardServesGetsTheOneWithMostFreeMemory) {
  AddCards(3);
  const std::map<std::string, int64_t> free = {
      {"cpu", 9000}, {"cuda:0", 100}, {"cuda:1", 700}, {"cuda:2", 300}};
  trainer_.HoldAfter(1);  // each keeps its card
  Scheduler scheduler(
      *database_, trainer_, data_dir_,
      {.free_memory = [&free](const std::string& device) { return free.at(device); }});
  ASSERT_TRUE(scheduler.Start().ok());
  for (const char* name : {"first", "second", "third"}) {
    const JobRow job = Submit(name, name == std::string("second") ? "cuda" : "auto");
    scheduler.Wake();
    WaitFor(job, v1::RUNNING);
  }
  EXPECT_THAT(trainer_.devices_used(), ElementsAre("cuda:1", "cuda:2", "cuda:0"));
  trainer_.Release();
}

TEST_F(SchedulerTest, AWideJobHasAllItsDevicesAndSaysSo) {
  AddCards(3);
  trainer_.HoldAfter(1);
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  const JobRow wide = SubmitTo(scheduler, "wide", 2);
  WaitFor(wide, v1::RUNNING);
  const JobRow narrow = SubmitTo(scheduler, "narrow", 1);
  WaitFor(narrow, v1::RUNNING);
  EXPECT_THAT(trainer_.devices_used(), ElementsAre("cuda:0,cuda:1", "cuda:2"));
  EXPECT_EQ(scheduler.JobsOf("cuda:0").running_job, "wide");
  EXPECT_EQ(scheduler.JobsOf("cuda:1").running_job, "wide");
  EXPECT_EQ(scheduler.JobsOf("cuda:2").running_job, "narrow");
  trainer_.Release();
  WaitFor(wide, v1::SUCCEEDED);
}

TEST_F(SchedulerTest, NarrowJobsDoNotStarveAWideOne) {
  AddCards(2);
  trainer_.HoldAfter(1);
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  // Named as the store names jobs, so that they are found by their names.
  const JobRow first = SubmitTo(scheduler, "f1", 1);
  const JobRow second = SubmitTo(scheduler, "5e", 1);
  WaitFor(first, v1::RUNNING);
  WaitFor(second, v1::RUNNING);
  const JobRow wide = SubmitTo(scheduler, "wide", 2);
  const JobRow late = SubmitTo(scheduler, "late", 1);
  const JobRow later = SubmitTo(scheduler, "later", 1);
  ASSERT_TRUE(scheduler.Cancel("f1").ok());
  WaitFor(first, v1::CANCELLED);  // a device is free, and three jobs wait
  ASSERT_TRUE(scheduler.Cancel("5e").ok());
  WaitFor(wide, v1::RUNNING);
  EXPECT_EQ(Get(late).state, v1::QUEUED);
  trainer_.Release();
  WaitFor(late, v1::SUCCEEDED);
  WaitFor(later, v1::SUCCEEDED);
  EXPECT_EQ(trainer_.trained()[2], "wide");
}

// Idle work for tests: takes every turn, and ends it on request.
struct IdleTurns {
  absl::StatusOr<bool> Take(const std::string& device, const StopSignal& stop) {
    {
      absl::MutexLock lock(&mutex);
      if (turns.size() == most) return false;
      turns.push_back(device);
    }
    while (!stop.requested()) std::this_thread::yield();
    absl::MutexLock lock(&mutex);
    ++ended;
    return true;
  }
  void Await(size_t count) {
    const auto has_turns = [&] { return turns.size() >= count; };
    absl::MutexLock lock(&mutex);
    EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&has_turns), absl::Minutes(2)));
  }

  size_t most = 1000;
  absl::Mutex mutex;
  std::vector<std::string> turns;
  size_t ended = 0;
};

TEST_F(SchedulerTest, IdleWorkMakesRoomForAJobAndComesBackAfterIt) {
  IdleTurns idle;
  Scheduler scheduler(
      *database_, trainer_, data_dir_,
      {.idle_work = [&](const std::string& device, const std::shared_ptr<StopSignal>& stop) {
        return idle.Take(device, *stop);
      }});
  ASSERT_TRUE(scheduler.Start().ok());
  idle.Await(1);
  const JobRow job = SubmitTo(scheduler, "job", 1);
  WaitFor(job, v1::SUCCEEDED);
  idle.Await(2);
  scheduler.Shutdown();
  EXPECT_EQ(idle.ended, idle.turns.size());  // all turns ended
}

TEST_F(SchedulerTest, AWideJobWaitsForIdleWorkOnEachOfItsDevices) {
  AddCards(2);
  IdleTurns idle;
  Scheduler scheduler(
      *database_, trainer_, data_dir_,
      {.idle_work = [&](const std::string& device, const std::shared_ptr<StopSignal>& stop) {
        return device == "cpu" ? absl::StatusOr<bool>(false) : idle.Take(device, *stop);
      }});
  trainer_.HoldAfter(1);
  ASSERT_TRUE(scheduler.Start().ok());
  idle.Await(2);
  const JobRow wide = SubmitTo(scheduler, "wide", 2);
  WaitFor(wide, v1::RUNNING);
  {
    absl::MutexLock lock(&idle.mutex);
    EXPECT_EQ(idle.ended, 2u);
    EXPECT_EQ(idle.turns.size(), 2u);  // and none has begun beside the job
  }
  trainer_.Release();
  WaitFor(wide, v1::SUCCEEDED);
}

TEST_F(SchedulerTest, WhereThereIsNoIdleWorkItIsAskedForAgainAfterAWake) {
  IdleTurns idle;
  idle.most = 0;
  std::atomic<int> asked = 0;
  Scheduler scheduler(
      *database_, trainer_, data_dir_,
      {.idle_work = [&](const std::string& device, const std::shared_ptr<StopSignal>& stop) {
        ++asked;
        return idle.Take(device, *stop);
      }});
  ASSERT_TRUE(scheduler.Start().ok());
  const JobRow job = SubmitTo(scheduler, "job", 1);
  WaitFor(job, v1::SUCCEEDED);
  {
    absl::MutexLock lock(&idle.mutex);
    idle.most = 1;
  }
  scheduler.Wake();
  idle.Await(1);
  scheduler.Shutdown();
  // At the start, when the job begins and ends, and for the last wake: not again and again.
  EXPECT_LE(asked, 6);
}

// One device: a token that has had it comes after one that has not.
TEST_F(SchedulerTest, TokensTakeTurns) {
  const auto submit = [&](const std::string& name, const std::string& token) {
    return InsertQueuedJob(*database_,
                           {.name = name, .requested_device = "cpu", .submitted_by = token});
  };
  const std::vector<JobRow> jobs = {submit("a1", "ann"), submit("a2", "ann"), submit("a3", "ann"),
                                    submit("b1", "bob")};
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  std::vector<std::pair<int64_t, std::string>> started;
  for (const JobRow& job : jobs) {
    WaitFor(job, v1::SUCCEEDED);
    started.emplace_back(Get(job).started_at, job.name);
  }
  std::sort(started.begin(), started.end());
  EXPECT_EQ(started[0].second, "a1");
  EXPECT_EQ(started[1].second, "b1");
}

// A job that a killed daemon left had its device until its last event, not until the next start.
TEST_F(SchedulerTest, TheTimeOfAStoppedServerIsNoTrainingTime) {
  const JobRow job = Submit("job", "cpu");
  constexpr int64_t kHour = int64_t{3600} * 1000 * 1000;
  const int64_t began_at = NowMicros() - 3 * kHour;
  const int64_t killed_at = began_at + kHour;
  ASSERT_TRUE(database_
                  ->Write([&](Transaction& transaction) -> absl::Status {
                    BeginTrainingTime(transaction, job.id, "", 1);
                    const absl::Status changed = ChangeState(transaction, job.id, v1::PREPARING);
                    transaction.connection().exec(
                        absl::StrCat("UPDATE training_times SET began_at = ", began_at));
                    transaction.connection().exec(
                        absl::StrCat("UPDATE events SET time = ", killed_at));
                    return changed;
                  })
                  .ok());
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  WaitFor(job, v1::SUCCEEDED);
  int64_t micros = 0;
  ASSERT_TRUE(database_
                  ->Read([&](Reader& reader) {
                    micros = reader.connection()
                                 .execAndGet(
                                     absl::StrCat("SELECT ended_at - began_at FROM training_times "
                                                  "WHERE began_at = ",
                                                  began_at))
                                 .getInt64();
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(micros, kHour);
}

TEST_F(SchedulerTest, AnUrgentWideJobMakesTheOthersWaitAndTheyGoOn) {
  AddCards(2);
  trainer_.HoldAfter(1);
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  const JobRow first = SubmitTo(scheduler, "first", 1);
  const JobRow second = SubmitTo(scheduler, "second", 1);
  WaitFor(first, v1::RUNNING);
  WaitFor(second, v1::RUNNING);
  const JobRow wide = SubmitTo(scheduler, "wide", 2, 5);
  WaitFor(wide, v1::RUNNING);
  EXPECT_EQ(Get(first).state, v1::QUEUED);
  EXPECT_EQ(Get(second).state, v1::QUEUED);
  trainer_.Release();
  for (const JobRow& job : {wide, first, second}) WaitFor(job, v1::SUCCEEDED);
  EXPECT_EQ(trainer_.trained().size(), 5U);
}

TEST_F(SchedulerTest, AWideJobMakesRoomForAnUrgentNarrowOne) {
  AddCards(2);
  trainer_.HoldAfter(1);
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  const JobRow wide = SubmitTo(scheduler, "wide", 2);
  WaitFor(wide, v1::RUNNING);
  const JobRow urgent = SubmitTo(scheduler, "urgent", 1, 1);
  WaitFor(urgent, v1::RUNNING);
  EXPECT_EQ(Get(wide).state, v1::QUEUED);
  trainer_.Release();
  WaitFor(wide, v1::SUCCEEDED);
}

TEST_F(SchedulerTest, AWideJobIsQueuedAgainByAShutdown) {
  AddCards(2);
  trainer_.HoldAfter(1);
  const JobRow wide = Submit("wide", "auto", 2);
  const JobRow late = Submit("late", "auto");
  {
    Scheduler scheduler(*database_, trainer_, data_dir_);
    ASSERT_TRUE(scheduler.Start().ok());
    WaitFor(wide, v1::RUNNING);
    scheduler.Shutdown();
  }
  EXPECT_EQ(Get(wide).state, v1::QUEUED);
  EXPECT_EQ(Get(late).state, v1::QUEUED);
  trainer_.Release();
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  WaitFor(wide, v1::SUCCEEDED);
  WaitFor(late, v1::SUCCEEDED);
}

// A name that a deleted model had may be another's.
TEST_F(SchedulerTest, AJobTrainsFromTheModelThatItNamedOrNotAtAll) {
  JobRow job = InsertQueuedJob(*database_, {.name = "a", .requested_device = "cpu"});
  ModelRow model{.name = "mine", .folder = "one", .sha256 = "digest of one"};
  ASSERT_TRUE(database_
                  ->Write([&](Transaction& transaction) {
                    model = *InsertModel(transaction, model);
                    transaction.connection().exec(
                        "UPDATE jobs SET model = 'mine', model_sha256 = 'digest of one'");
                    return ChangeState(transaction, job.id, v1::CANCELLED);
                  })
                  .ok());
  const auto replace = [&](const std::string& sha256) {
    return database_->Write([&](Transaction& transaction) {
      transaction.connection().exec("DELETE FROM models");
      return InsertModel(transaction, {.name = "mine", .folder = "two", .sha256 = sha256}).status();
    });
  };
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  ASSERT_TRUE(replace("digest of two").ok());
  const absl::Status refused = scheduler.Retry("a").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("another model mine"));

  // The same content under another folder is the model that it named.
  ASSERT_TRUE(replace("digest of one").ok());
  ASSERT_TRUE(scheduler.Retry("a").ok());
  WaitFor(job, v1::SUCCEEDED);

  // A job that was queued when it happened does not train either.
  job.name = "b";
  job.model = "mine";
  job.model_sha256 = "digest of two";
  ASSERT_TRUE(database_
                  ->Write([&](Transaction& transaction) {
                    job = *InsertJob(transaction, job);
                    return absl::OkStatus();
                  })
                  .ok());
  scheduler.Wake();
  WaitFor(job, v1::FAILED);
  EXPECT_EQ(trainer_.trained(), std::vector<std::string>{"a"});
}

TEST_F(SchedulerTest, InALaunchOneJobHasAllRanks) {
  trainer_.HoldAfter(1);
  Scheduler scheduler(*database_, trainer_, data_dir_, {.launch_ranks = 4});
  ASSERT_TRUE(scheduler.Start().ok());
  const JobRow all = SubmitTo(scheduler, "all", 0);
  const JobRow three = SubmitTo(scheduler, "three", 3);
  WaitFor(all, v1::RUNNING);
  EXPECT_EQ(Get(three).state, v1::QUEUED);
  trainer_.Release();
  WaitFor(three, v1::SUCCEEDED);
  EXPECT_TRUE(scheduler.CheckDevices("auto", 4).ok());
  EXPECT_THAT(std::string(scheduler.CheckDevices("auto", 5).message()),
              HasSubstr("launched with 4 ranks"));
}

TEST_F(SchedulerTest, RanksOnTheProcessorAreNamedOneByOne) {
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  WaitFor(SubmitTo(scheduler, "ranks", 3), v1::SUCCEEDED);
  EXPECT_THAT(trainer_.devices_used(), ElementsAre("cpu,cpu,cpu"));
}

TEST_F(SchedulerTest, AJobOfTimesWithMoreCardsGoesOnWithThoseThatAreLeft) {
  AddCards(2);
  const JobRow wide = Submit("wide", "auto", 3);
  Scheduler scheduler(*database_, trainer_, data_dir_);
  ASSERT_TRUE(scheduler.Start().ok());
  WaitFor(wide, v1::SUCCEEDED);
  EXPECT_THAT(trainer_.devices_used(), ElementsAre("cuda:0,cuda:1"));
  EXPECT_THAT(std::string(scheduler.CheckDevices("auto", 3).message()),
              HasSubstr("devices is 3, but device=auto is 2 cards here"));
}

}  // namespace
}  // namespace electra::server
