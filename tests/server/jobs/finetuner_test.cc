// The runs of fine-tunings: their order, their end, and the state after an interruption.
#include "server/jobs/finetuner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "server/jobs/finetuning_message.h"
#include "server/store/finetunings.h"
#include "tests/server/jobs/scheduler_rig.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FinetunerTest : public SchedulerRig {
 protected:
  FinetuningRow Insert(int64_t seeds = 2) {
    const JobRow job = Submit(absl::StrCat("job", ++inserted_), "cpu");
    std::filesystem::create_directories(data_dir_.job(job.name));
    FinetuningRow row{.name = absl::StrCat("f", inserted_),
                      .job_id = job.id,
                      .corpus_id = job.corpus_id,
                      .corpus_name = "c",
                      .corpus_file_name = "c.tsv",
                      .label_column = "label",
                      .model_step = 4,
                      .seed_count = seeds,
                      .epochs = 3,
                      .batch_size = 32,
                      .max_length = 128,
                      .test_percentage = 20};
    EXPECT_TRUE(database_
                    ->Write([&](Transaction& transaction) {
                      row.id = InsertFinetuning(transaction, row);
                      return absl::OkStatus();
                    })
                    .ok());
    return Read(row.id);
  }

  FinetuningRow Read(int64_t id) {
    absl::StatusOr<FinetuningRow> row =
        database_->Read<FinetuningRow>([&](Reader& reader) { return GetFinetuning(reader, id); });
    EXPECT_TRUE(row.ok()) << row.status();
    return row.ok() ? *row : FinetuningRow();
  }

  void Change(const std::function<void(Transaction&)>& change) {
    EXPECT_TRUE(database_
                    ->Write([&](Transaction& transaction) {
                      change(transaction);
                      return absl::OkStatus();
                    })
                    .ok());
  }

  // Notes the run, and scores as `f1_` says of the number of the run, from 0.
  Finetuner::Run Noting() {
    return [this](const FinetuningTask& task, const StopSignal&,
                  const std::function<void(double)>&) -> absl::StatusOr<FinetuningResult> {
      const double f1 = f1_(tasks_.size());
      tasks_.push_back(task);
      if (!task.save_to.empty() && f1 > task.save_above) {
        std::ofstream(task.save_to / "config.json") << task.seed;
      }
      return FinetuningResult{
          .scores = {.accuracy = f1, .macro_f1 = f1}, .train_rows = 8, .test_rows = 2};
    };
  }

  bool RunOn(Finetuner& finetuner, const std::string& device) {
    const absl::StatusOr<bool> worked = finetuner.RunNext(device, std::make_shared<StopSignal>());
    EXPECT_TRUE(worked.ok()) << worked.status();
    return worked.ok() && *worked;
  }

  std::vector<std::string> Folders(const FinetuningRow& row) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(
             data_dir_.finetuning(row.job_name, row.name), ignored)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  int inserted_ = 0;
  std::vector<FinetuningTask> tasks_;
  std::function<double(size_t)> f1_ = [](size_t run) {
    return 0.5 + 0.1 * static_cast<double>(run);
  };
};

TEST_F(FinetunerTest, OfEachSeedTheBaseAndThenTheAdaptedModelRun) {
  const FinetuningRow row = Insert();
  Finetuner finetuner(*database_, trainer_, data_dir_, Noting());
  while (RunOn(finetuner, "cpu")) {
  }
  ASSERT_EQ(tasks_.size(), 4u);
  EXPECT_EQ(tasks_[0].weights, StartingWeights::kDrawn);  // the job began with none
  EXPECT_EQ(tasks_[1].weights, StartingWeights::kOfModel);
  EXPECT_THAT((std::vector{tasks_[0].seed, tasks_[1].seed, tasks_[2].seed, tasks_[3].seed}),
              ElementsAre(1, 1, 2, 2));
  EXPECT_TRUE(tasks_[0].save_to.empty());
  EXPECT_THAT(tasks_[1].model.string(), HasSubstr("step-00000004"));
  EXPECT_EQ(tasks_[1].data.path, data_dir_.corpus("digest"));
  EXPECT_EQ(tasks_[1].data.label_column, "label");
  const v1::Finetuning ended = ToProto(Read(row.id));
  EXPECT_EQ(ended.state(), v1::SUCCEEDED);
  EXPECT_TRUE(ended.has_end_time());
  EXPECT_EQ(ended.base().run_count(), 2);
  EXPECT_NEAR(ended.base().macro_f1_mean(), 0.6, 1e-12);  // 0.5 and 0.7
  EXPECT_NEAR(ended.base().macro_f1_deviation(), 0.1 * std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(ended.adapted().macro_f1_mean(), 0.7, 1e-12);
}

TEST_F(FinetunerTest, OnlyTheBestModelStays) {
  f1_ = [](size_t run) { return std::vector{0.1, 0.8, 0.1, 0.9, 0.1, 0.3}[run]; };
  const FinetuningRow row = Insert(/*seeds=*/3);
  Finetuner finetuner(*database_, trainer_, data_dir_, Noting());
  while (RunOn(finetuner, "cpu")) {
  }
  EXPECT_EQ(BestSeed(Read(row.id)), 2);
  EXPECT_THAT(Folders(row), ElementsAre("seed-2"));
  EXPECT_TRUE(std::filesystem::exists(data_dir_.finetuning(row.job_name, row.name) / "seed-2" /
                                      "config.json"));
}

TEST_F(FinetunerTest, AnInterruptedRunBeginsAgain) {
  const FinetuningRow row = Insert();
  const auto stop = std::make_shared<StopSignal>();
  const Finetuner::Run noting = Noting();
  Finetuner finetuner(
      *database_, trainer_, data_dir_,
      [&](const FinetuningTask& task, const StopSignal& signal,
          const std::function<void(double)>& on_progress) -> absl::StatusOr<FinetuningResult> {
        if (tasks_.size() == 1 && !stop->requested()) {
          stop->Request(StopReason::kPreempt);
          return absl::CancelledError("stopped");
        }
        return noting(task, signal, on_progress);
      });
  ASSERT_TRUE(RunOn(finetuner, "cpu"));
  ASSERT_TRUE(finetuner.RunNext("cpu", stop).ok());
  EXPECT_EQ(Read(row.id).state, v1::QUEUED);
  EXPECT_EQ(Read(row.id).runs.size(), 1u);
  EXPECT_THAT(Folders(row), IsEmpty());
  while (RunOn(finetuner, "cpu")) {
  }
  EXPECT_EQ(Read(row.id).state, v1::SUCCEEDED);
  EXPECT_EQ(tasks_.size(), 4u);
}

TEST_F(FinetunerTest, ADaemonThatIsStartedAgainGoesOnAfterTheLastRun) {
  const FinetuningRow row = Insert();
  {
    Finetuner killed(*database_, trainer_, data_dir_, Noting());
    ASSERT_TRUE(RunOn(killed, "cpu"));
    ASSERT_TRUE(RunOn(killed, "cpu"));
  }
  ASSERT_EQ(Read(row.id).state, v1::RUNNING);
  Finetuner next(*database_, trainer_, data_dir_, Noting());
  ASSERT_TRUE(next.Recover().ok());
  EXPECT_EQ(Read(row.id).state, v1::QUEUED);
  while (RunOn(next, "cpu")) {
  }
  EXPECT_EQ(tasks_.size(), 4u);
  EXPECT_EQ(Read(row.id).runs.size(), 4u);
}

TEST_F(FinetunerTest, AFailureIsSaidAndTheNextFineTuningRuns) {
  const FinetuningRow failing = Insert();
  const FinetuningRow other = Insert(/*seeds=*/1);
  const Finetuner::Run noting = Noting();
  Finetuner finetuner(
      *database_, trainer_, data_dir_,
      [&](const FinetuningTask& task, const StopSignal& signal,
          const std::function<void(double)>& on_progress) -> absl::StatusOr<FinetuningResult> {
        if (task.model.string().find(failing.job_name) != std::string::npos) {
          return InvalidArgumentError("TEST_FAILURE", "the {thing} broke", "run");
        }
        return noting(task, signal, on_progress);
      });
  while (RunOn(finetuner, "cpu")) {
  }
  EXPECT_EQ(Read(failing.id).state, v1::FAILED);
  EXPECT_EQ(Read(failing.id).reason.code(), "TEST_FAILURE");
  EXPECT_EQ(Read(failing.id).reason.text(), "the run broke");
  EXPECT_EQ(Read(other.id).state, v1::SUCCEEDED);
}

TEST_F(FinetunerTest, ACancelledOneStaysCancelledWhateverItsRunSays) {
  const FinetuningRow row = Insert();
  Finetuner finetuner(*database_, trainer_, data_dir_,
                      [&](const FinetuningTask&, const StopSignal& signal,
                          const std::function<void(double)>&) -> absl::StatusOr<FinetuningResult> {
                        Change([&](Transaction& transaction) {
                          SetFinetuningState(transaction, row.id, v1::CANCELLED);
                        });
                        EXPECT_FALSE(signal.requested());
                        finetuner.Stop(row.id);
                        EXPECT_TRUE(signal.requested());
                        return FinetuningResult();
                      });
  EXPECT_TRUE(RunOn(finetuner, "cpu"));
  EXPECT_FALSE(RunOn(finetuner, "cpu"));
  EXPECT_EQ(Read(row.id).state, v1::CANCELLED);
  EXPECT_THAT(Read(row.id).runs, IsEmpty());
}

TEST_F(FinetunerTest, WhereThereAreCardsTheProcessorIsLeftAlone) {
  trainer_.AddDevice("cuda:0");
  Insert(/*seeds=*/1);
  Finetuner finetuner(*database_, trainer_, data_dir_, Noting());
  EXPECT_FALSE(RunOn(finetuner, "cpu"));
  EXPECT_TRUE(RunOn(finetuner, "cuda:0"));
  EXPECT_EQ(tasks_.front().device, "cuda:0");
}

TEST_F(FinetunerTest, ALostDeviceIsToldOnAndTheFineTuningHasFailed) {
  const FinetuningRow row = Insert();
  Finetuner finetuner(*database_, trainer_, data_dir_,
                      [](const FinetuningTask&, const StopSignal&,
                         const std::function<void(double)>&) -> absl::StatusOr<FinetuningResult> {
                        return DeviceLostError(Message::Uncoded("it fell off the bus"));
                      });
  const auto worked = finetuner.RunNext("cpu", std::make_shared<StopSignal>());
  EXPECT_TRUE(IsDeviceLost(worked.status())) << worked.status();
  EXPECT_EQ(Read(row.id).state, v1::FAILED);
}

TEST_F(FinetunerTest, ADeletedJobTakesItsFineTuningsAlong) {
  const FinetuningRow row = Insert();
  Change([&](Transaction& transaction) { DeleteJob(transaction, row.job_id); });
  const auto read =
      database_->Read<FinetuningRow>([&](Reader& reader) { return GetFinetuning(reader, row.id); });
  EXPECT_TRUE(absl::IsNotFound(read.status())) << read.status();
}

}  // namespace
}  // namespace electra::server
