// What happens to a job whose device is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/synchronization/notification.h"
#include "server/process/exit_status.h"
#include "server/process/run.h"
#include "tests/server/jobs/scheduler_rig.h"

namespace electra::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DeviceLossTest : public SchedulerRig {};

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
  EXPECT_THAT(Get(job).reason.text(), HasSubstr("unspecified launch failure"));
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
  EXPECT_THAT(Get(job).reason.text(), AllOf(HasSubstr("3 times"), HasSubstr("device-side assert")));
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

// A data folder with a job, and a process that dies with it.
class DeviceLostTest : public ::testing::Test {
 protected:
  DeviceLostTest() {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const DataDir data_dir = *DataDir::Open(folder_.path());
    const auto database = *Database::Open(data_dir.database());
    InsertQueuedJob(*database, {.name = "lost", .requested_device = "auto"});
    loaded_.values.data_dir = folder_.path().string();
    loaded_.values.listen = "127.0.0.1:0";
  }

  TemporaryFolder folder_;
  LoadedSettings loaded_;
};

// Has the daemon stopped as soon as a job trains.
class StoppingTrainer : public FakeTrainer {
 public:
  absl::StatusOr<TrainingOutcome> Train(const TrainingTask& task, TrainingObserver& observer,
                                        const StopSignal& stop) override {
    kill(getpid(), SIGTERM);
    return FakeTrainer::Train(task, observer, stop);
  }
};

TEST_F(DeviceLostTest, WhileItStopsTheProcessEndsAsItWouldHave) {
  const auto make_trainer = [](const TrainerOptions&) {
    auto trainer = std::make_unique<StoppingTrainer>();
    trainer->HoldAfter(1);  // until it is stopped
    trainer->FailWith(DeviceLostError("CUDA error: unspecified launch failure"));
    return trainer;
  };
  EXPECT_EXIT(RunDaemon({}, loaded_, std::nullopt, BlockSignals(), make_trainer),
              testing::ExitedWithCode(kExitDeviceLost), "event=stopped");
}

TEST_F(DeviceLostTest, TheProcessEndsWithAStatusOfItsOwn) {
  const auto make_trainer = [](const TrainerOptions&) {
    auto trainer = std::make_unique<FakeTrainer>();
    trainer->FailWith(DeviceLostError("CUDA error: unspecified launch failure"));
    return trainer;
  };
  EXPECT_EXIT(RunDaemon({}, loaded_, std::nullopt, BlockSignals(), make_trainer),
              testing::ExitedWithCode(kExitDeviceLost), "event=device_lost device=cpu");
}

TEST(DeviceLostStatusTest, IsToldFromOtherErrors) {
  EXPECT_TRUE(IsDeviceLost(DeviceLostError("gone")));
  EXPECT_FALSE(IsDeviceLost(absl::UnavailableError("gone")));
  EXPECT_FALSE(IsDeviceLost(absl::OkStatus()));
}

}  // namespace
}  // namespace electra::server
