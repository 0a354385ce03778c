// Which device a job gets, and what becomes of it when the device is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/synchronization/notification.h"
#include "server/exit_status.h"
#include "server/run.h"
#include "server/scheduler.h"
#include "server/store/corpora.h"
#include "server/store/jobs.h"
#include "tests/server/fake_trainer.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

JobRow InsertQueuedJob(Database& database, const std::string& name, const std::string& device) {
  JobRow job{.name = name,
             .model = "tiny",
             .hyperparameters = R"({"max_steps": 4, "learning_rate": 0.001})",
             .requested_device = device};
  const absl::Status stored = database.Write([&](Transaction& transaction) {
    const CorpusRow corpus =
        InsertCorpus(transaction, {.name = "c", .file_name = "c.txt", .sha256 = "digest"});
    job.corpus_id = corpus.id;
    job.corpus_name = corpus.name;
    const auto inserted = InsertJob(transaction, job);
    if (inserted.ok()) job = *inserted;
    return inserted.status();
  });
  EXPECT_TRUE(stored.ok()) << stored;
  return job;
}

class DeviceLossTest : public ::testing::Test {
 protected:
  JobRow Submit(const std::string& name, const std::string& device) {
    return InsertQueuedJob(*database_, name, device);
  }

  JobRow Get(const JobRow& job) {
    JobRow row;
    EXPECT_TRUE(database_
                    ->Read([&](SQLite::Database& connection) -> absl::Status {
                      const auto found = GetJob(connection, job.id);
                      if (found.ok()) row = *found;
                      return found.status();
                    })
                    .ok());
    return row;
  }

  // Until the job is in this state, as the commit that brings it there tells.
  void WaitFor(const JobRow& job, v1::JobState state) {
    const auto is_there = [&] { return changes_ >= 0 && last_states_[job.id] == state; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&is_there));
  }

  void SetUp() override {
    database_->SetCommitListener([this](const std::set<int64_t>& jobs) {
      for (int64_t id : jobs) {
        v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
        database_
            ->Read([&](SQLite::Database& connection) {
              const auto job = GetJob(connection, id);
              if (job.ok()) state = job->state;
              return job.status();
            })
            .IgnoreError();
        absl::MutexLock lock(&mutex_);
        last_states_[id] = state;
        ++changes_;
      }
    });
  }

  TemporaryFolder folder_;
  DataDir data_dir_ = *DataDir::Open(folder_.path());
  absl::Mutex mutex_;
  std::map<int64_t, v1::JobState> last_states_ ABSL_GUARDED_BY(mutex_);
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<Database> database_ = *Database::Open(data_dir_.database());
  FakeTrainer trainer_;
};

TEST_F(DeviceLossTest, AJobThatAnyCardServesGetsTheOneWithMostFreeMemory) {
  for (const char* card : {"cuda:0", "cuda:1", "cuda:2"}) trainer_.AddDevice(card);
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

TEST_F(DeviceLossTest, TheJobIsQueuedAgainAndNothingElseBegins) {
  trainer_.FailWith(DeviceLostError("CUDA error: unspecified launch failure"));
  const JobRow job = Submit("lost", "auto");
  const JobRow next = Submit("next", "auto");
  absl::Notification told;
  std::string said;
  Scheduler scheduler(*database_, trainer_, data_dir_,
                      {.on_device_lost = [&](const std::string& device, const std::string& error) {
                        said = device + ": " + error;
                        told.Notify();
                      }});
  ASSERT_TRUE(scheduler.Start().ok());
  told.WaitForNotification();
  scheduler.Shutdown();
  EXPECT_EQ(said, "cpu: CUDA error: unspecified launch failure");
  EXPECT_THAT(trainer_.trained(), ElementsAre("lost"));
  EXPECT_EQ(Get(job).state, v1::QUEUED);
  EXPECT_THAT(Get(job).reason, HasSubstr("unspecified launch failure"));
  EXPECT_EQ(Get(next).state, v1::QUEUED);
}

TEST_F(DeviceLossTest, TheThirdTimeAtTheSameStepTheJobFails) {
  trainer_.FailAtOnce(DeviceLostError("CUDA error: device-side assert triggered"));
  const JobRow job = Submit("assert", "auto");
  for (int daemon = 1; daemon <= 3; ++daemon) {
    absl::Notification told;
    Scheduler scheduler(
        *database_, trainer_, data_dir_,
        {.on_device_lost = [&](const std::string&, const std::string&) { told.Notify(); }});
    ASSERT_TRUE(scheduler.Start().ok());
    told.WaitForNotification();
    scheduler.Shutdown();
    EXPECT_EQ(Get(job).state, daemon < 3 ? v1::QUEUED : v1::FAILED) << daemon;
  }
  EXPECT_THAT(Get(job).reason, AllOf(HasSubstr("3 times"), HasSubstr("device-side assert")));
}

TEST_F(DeviceLossTest, AJobThatGetsFurtherEachTimeGoesOn) {
  const JobRow job = Submit("slow", "auto");
  for (int64_t step = 1; step <= 4; ++step) {
    int64_t losses = 0;
    EXPECT_TRUE(database_
                    ->Write([&](Transaction& transaction) {
                      transaction.connection().exec("UPDATE jobs SET step = " +
                                                    std::to_string(step));
                      losses = AddDeviceLoss(transaction, job.id);
                      return absl::OkStatus();
                    })
                    .ok());
    EXPECT_EQ(losses, 1);
  }
}

TEST(DeviceLostTest, TheProcessEndsWithAStatusOfItsOwn) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  TemporaryFolder folder;
  {
    const DataDir data_dir = *DataDir::Open(folder.path());
    const auto database = *Database::Open(data_dir.database());
    InsertQueuedJob(*database, "lost", "auto");
  }
  LoadedSettings loaded;
  loaded.values.data_dir = folder.path().string();
  loaded.values.listen = "127.0.0.1:0";
  const auto make_trainer = [](const TrainerOptions&) {
    auto trainer = std::make_unique<FakeTrainer>();
    trainer->FailWith(DeviceLostError("CUDA error: unspecified launch failure"));
    return trainer;
  };
  EXPECT_EXIT(RunDaemon({}, loaded, BlockSignals(), make_trainer),
              testing::ExitedWithCode(kExitDeviceLost), "event=device_lost device=cpu");
}

TEST(DeviceLostTest, IsToldFromOtherErrors) {
  EXPECT_TRUE(IsDeviceLost(DeviceLostError("gone")));
  EXPECT_FALSE(IsDeviceLost(absl::UnavailableError("gone")));
  EXPECT_FALSE(IsDeviceLost(absl::OkStatus()));
}

}  // namespace
}  // namespace electra
