// Weights of imported models that stay in memory between jobs.
#include "core/loop/resident_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/loop/pretrained_state.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

namespace fs = std::filesystem;

class ResidentModelsTest : public LoopTest {
 protected:
  // A model to start from: what one step from scratch made.
  fs::path MakeModel() {
    WriteSentences(60);
    TrainingTask task = Task("base");
    task.hyperparameters.max_steps = 1;
    task.hyperparameters.save_steps = 0;
    Recorder recorder;
    const auto outcome = trainer_->Train(task, recorder, StopSignal());
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    const fs::path model = folder_.path() / "model";
    fs::copy(outcome->model_dir, model, fs::copy_options::recursive);
    return model;
  }

  TrainingTask Adaptation(const std::string& job, const fs::path& model) {
    TrainingTask task = Task(job);
    task.model = "base";
    task.pretrained_dir = model;
    return task;
  }

  static std::vector<double> Losses(const Recorder& recorder) {
    std::vector<double> losses;
    for (const StepMetrics& step : recorder.steps) losses.push_back(step.loss.combined_loss);
    return losses;
  }
};

TEST_F(ResidentModelsTest, TheSecondJobReadsNothingAndTrainsTheSame) {
  const fs::path model = MakeModel();
  const auto trainer = CreateTrainer({.threads = 1, .resident_bytes = int64_t{1} << 30});
  Recorder first;
  ASSERT_TRUE(trainer->Train(Adaptation("first", model), first, StopSignal()).ok());
  EXPECT_EQ(first.model_reads, 1);

  fs::remove_all(model);  // whoever reads it now fails
  Recorder second;
  const auto outcome = trainer->Train(Adaptation("second", model), second, StopSignal());
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(second.model_reads, 0);
  EXPECT_FALSE(first.steps.empty());
  EXPECT_EQ(Losses(second), Losses(first));

  const UnloadReport report = trainer->Unload();
  EXPECT_EQ(report.models, 1);
  EXPECT_GT(report.bytes, 100'000);
  EXPECT_EQ(trainer->Unload().models, 0);
  Recorder third;
  EXPECT_FALSE(trainer->Train(Adaptation("third", model), third, StopSignal()).ok());
}

TEST_F(ResidentModelsTest, WhatIsTooLargeIsReadEachTime) {
  const fs::path model = MakeModel();
  ResidentModels none(0);
  ResidentModels small(1000);
  for (ResidentModels* models : {&none, &small}) {
    for (int i = 0; i < 2; ++i) {
      const auto loaded = models->Load(model.string(), StopSignal());
      ASSERT_TRUE(loaded.ok()) << loaded.status();
      EXPECT_TRUE(loaded->was_read);
    }
    EXPECT_EQ(models->Unload().models, 0);
  }
}

TEST_F(ResidentModelsTest, TheOneUsedLongestAgoMakesRoom) {
  const fs::path a = MakeModel();
  const fs::path b = folder_.path() / "b";
  const fs::path c = folder_.path() / "c";
  for (const fs::path& copy : {b, c}) fs::copy(a, copy, fs::copy_options::recursive);
  ResidentModels measure(int64_t{1} << 30);
  ASSERT_TRUE(measure.Load(a.string(), StopSignal()).ok());
  const int64_t bytes = measure.Unload().bytes;

  ResidentModels models(2 * bytes);
  const auto was_read = [&models](const fs::path& model) {
    const auto loaded = models.Load(model.string(), StopSignal());
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded.ok() && loaded->was_read;
  };
  EXPECT_TRUE(was_read(a));
  EXPECT_TRUE(was_read(b));
  EXPECT_FALSE(was_read(a));
  EXPECT_TRUE(was_read(c));  // in b's place
  EXPECT_FALSE(was_read(a));
  EXPECT_TRUE(was_read(b));
}

TEST_F(ResidentModelsTest, AStopEndsTheReadingAndKeepsNothing) {
  const fs::path model = MakeModel();
  ResidentModels models(int64_t{1} << 30);
  StopSignal stop;
  stop.Request(StopReason::kCancel);
  EXPECT_TRUE(absl::IsCancelled(models.Load(model.string(), stop).status()));
  EXPECT_EQ(models.Unload().bytes, 0);
  const auto pair = LoadPretrainedPair(model.string());
  ASSERT_TRUE(pair.ok()) << pair.status();
  SessionState state;
  state.discriminator.resize(1);
  std::vector<Message> notes;
  EXPECT_TRUE(
      absl::IsCancelled(ApplyPretrained(*pair, SharedEmbeddings::kWord, {}, stop, &state, &notes)));
}

}  // namespace
}  // namespace electra
