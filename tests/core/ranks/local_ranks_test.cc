// Jobs over several devices of one process: the same steps on any number of devices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "core/loop/checkpoint.h"
#include "core/shape/presets.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class LocalRanksTest : public LoopTest {
 protected:
  LocalRanksTest() { WriteSentences(60); }

  TrainingTask TaskOver(int64_t devices) {
    TrainingTask task = Task("job-" + std::to_string(++jobs_));
    task.hyperparameters.devices = devices;
    task.hyperparameters.max_steps = 20;
    task.hyperparameters.sample_every = 5;
    task.hyperparameters.eval_steps = 0;
    task.hyperparameters.save_steps = 0;
    return task;
  }

  Recorder Train(const TrainingTask& task) {
    Recorder recorder;
    StopSignal stop;
    const auto outcome = trainer_->Train(task, recorder, stop);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return recorder;
  }

  int jobs_ = 0;
};

// Relative difference of the worst step.
double Difference(const Recorder& a, const Recorder& b) {
  EXPECT_EQ(a.steps.size(), b.steps.size());
  double worst = 0;
  for (size_t i = 0; i < std::min(a.steps.size(), b.steps.size()); ++i) {
    const double expected = a.steps[i].loss.combined_loss;
    worst = std::max(worst, std::abs(b.steps[i].loss.combined_loss / expected - 1));
    EXPECT_EQ(a.steps[i].tokens_seen, b.steps[i].tokens_seen);
    EXPECT_EQ(a.steps[i].loss.generator_accuracy, b.steps[i].loss.generator_accuracy) << i;
  }
  return worst;
}

TEST_F(LocalRanksTest, OneTwoAndFourRanksTakeTheSameSteps) {
  const Recorder one = Train(TaskOver(1));
  ASSERT_EQ(one.steps.size(), 20u);
  EXPECT_EQ(one.steps.back().ranks, 1);
  EXPECT_EQ(one.steps.back().slowest_rank_tokens_per_second, 0);
  for (int64_t devices : {2, 4}) {
    const Recorder several = Train(TaskOver(devices));
    EXPECT_LT(Difference(one, several), 1e-6) << devices;
    EXPECT_EQ(several.steps.back().ranks, devices);
    EXPECT_GT(several.steps.back().slowest_rank_tokens_per_second, 0);
    // The samples of a step do not depend on them either.
    ASSERT_EQ(several.samples.size(), one.samples.size());
    for (size_t i = 0; i < one.samples.size(); ++i) {
      ASSERT_EQ(several.samples[i].tokens.size(), one.samples[i].tokens.size());
      for (size_t j = 0; j < one.samples[i].tokens.size(); ++j) {
        EXPECT_EQ(several.samples[i].tokens[j].original, one.samples[i].tokens[j].original);
        EXPECT_EQ(several.samples[i].tokens[j].fake, one.samples[i].tokens[j].fake);
      }
    }
  }
}

// Five micro-batches over two and four ranks: some whole, the last one divided.
TEST_F(LocalRanksTest, AccumulatedStepsAreTheSameToo) {
  const auto task = [this](int64_t devices) {
    TrainingTask task = TaskOver(devices);
    task.hyperparameters.batch_size = 3;
    task.hyperparameters.gradient_accumulation_steps = 5;
    return task;
  };
  const Recorder one = Train(task(1));
  for (int64_t devices : {2, 4}) EXPECT_LT(Difference(one, Train(task(devices))), 1e-6) << devices;
}

// The last step of an epoch has fewer sequences than there are ranks.
TEST_F(LocalRanksTest, ARankMayHaveNothingToCompute) {
  const auto task = [this](int64_t devices) {
    TrainingTask task = TaskOver(devices);
    task.hyperparameters.batch_size = 28;  // 57 sequences: 28, 28, 1
    task.hyperparameters.max_steps = 4;
    return task;
  };
  EXPECT_LT(Difference(Train(task(1)), Train(task(4))), 1e-6);
}

TEST_F(LocalRanksTest, RecomputedActivationsAreTheSameToo) {
  const auto task = [this](int64_t devices) {
    TrainingTask task = TaskOver(devices);
    task.hyperparameters.gradient_checkpointing = true;
    task.hyperparameters.max_steps = 6;
    return task;
  };
  EXPECT_LT(Difference(Train(task(1)), Train(task(2))), 1e-6);
}

TEST_F(LocalRanksTest, ShardedMomentsChangeNothing) {
  TrainingTask sharded = TaskOver(4);
  sharded.hyperparameters.zero_redundancy_optimizer = true;
  EXPECT_LT(Difference(Train(TaskOver(1)), Train(sharded)), 1e-6);
}

// Tokens that are more frequent in the first corpus count more, by the weights of the whole step.
TEST_F(LocalRanksTest, WeighedTokensAreTheSameToo) {
  const std::filesystem::path general = folder_.path() / "general.txt";
  std::ofstream(general, std::ios::binary) << "서버 언어\n코드 서버\n언어 코드\n";
  const auto task = [&](int64_t devices) {
    TrainingTask task = TaskOver(devices);
    task.hyperparameters.disc_token_weights = DiscTokenWeights::kDomain;
    task.hyperparameters.batch_size = 3;
    task.hyperparameters.gradient_accumulation_steps = 5;
    task.more_corpora = {
        {.path = general, .reading = {.display_name = "general.txt"}, .sha256 = "general"}};
    return task;
  };
  const Recorder one = Train(task(1));
  for (int64_t devices : {2, 4}) EXPECT_LT(Difference(one, Train(task(devices))), 1e-6) << devices;
  TrainingTask plain = task(1);
  plain.hyperparameters.disc_token_weights = DiscTokenWeights::kNone;
  EXPECT_GT(Difference(one, Train(plain)), 1e-6);
}

TEST_F(LocalRanksTest, ATableOnTopOfAnotherIsTheSameToo) {
  const auto task = [this](int64_t devices, bool sharded) {
    TrainingTask task = TaskOver(devices);
    task.hyperparameters.shared_embeddings = SharedEmbeddings::kGdes;
    task.hyperparameters.zero_redundancy_optimizer = sharded;
    return task;
  };
  const Recorder one = Train(task(1, false));
  EXPECT_LT(Difference(one, Train(task(2, false))), 1e-6);
  EXPECT_LT(Difference(one, Train(task(4, true))), 1e-6);
}

// The ranks whose moments a checkpoint gathers learn from the first that one is due.
TEST_F(LocalRanksTest, CheckpointsByTimeAreWrittenByAllRanksTogether) {
  TrainingTask task = TaskOver(4);
  task.hyperparameters.zero_redundancy_optimizer = true;
  task.hyperparameters.save_minutes = 1e-9;
  task.hyperparameters.max_steps = 6;
  const Recorder recorder = Train(task);
  ASSERT_EQ(recorder.checkpoints.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(recorder.checkpoints[i].step, static_cast<int64_t>(i) + 1);
  }
}

TEST_F(LocalRanksTest, CompressedGradientsAreNearlyTheSame) {
  TrainingTask compressed = TaskOver(2);
  compressed.hyperparameters.gradient_compression = GradientCompression::kBf16;
  const Recorder one = Train(TaskOver(1));
  const Recorder two = Train(compressed);
  double worst = 0;
  for (size_t i = 0; i < 20; ++i) {
    worst = std::max(
        worst, std::abs(two.steps[i].loss.combined_loss / one.steps[i].loss.combined_loss - 1));
  }
  EXPECT_GT(worst, 0);
  EXPECT_LT(worst, 0.02);
}

// Stops after step 10 with two ranks; one rank and four go on as if nothing had happened.
TEST_F(LocalRanksTest, ACheckpointKnowsNoRanks) {
  for (bool sharded : {false, true}) {
    const auto with = [&](TrainingTask task, int64_t devices) {
      task.hyperparameters.devices = devices;
      task.hyperparameters.zero_redundancy_optimizer = sharded;
      task.hyperparameters.ema_decay = 0.9;
      return task;
    };
    const Recorder whole = Train(with(TaskOver(1), 1));
    for (int64_t later : {1, 4}) {
      const TrainingTask task = TaskOver(1);
      Recorder begun;
      StopSignal stop;
      begun.after_step = [&](int64_t step) {
        if (step == 10) stop.Request(StopReason::kShutdown);
      };
      ASSERT_TRUE(trainer_->Train(with(task, 2), begun, stop).ok());
      Recorder resumed = Train(with(task, later));
      EXPECT_EQ(resumed.resumed, 10);
      resumed.steps.insert(resumed.steps.begin(), begun.steps.begin(), begun.steps.end());
      EXPECT_LT(Difference(whole, resumed), 1e-6) << later << (sharded ? " sharded" : "");
    }
  }
}

TEST_F(LocalRanksTest, ABadStepIsSkippedByAll) {
  TrainingTask task = TaskOver(3);
  task.hyperparameters.max_steps = 2;
  Train(task);
  const std::filesystem::path checkpoints = task.job_dir / "checkpoints";
  std::vector<Message> warnings;
  auto loaded = LoadNewestCheckpoint(checkpoints, &warnings);
  ASSERT_TRUE(loaded.ok() && *loaded);
  SessionState& state = (*loaded)->state;
  state.discriminator.back().values[0] = std::nanf("");  // the last layer's bias
  std::filesystem::remove_all(checkpoints);
  std::ifstream file(task.job_dir / "vocab.txt", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto vocabulary = Vocabulary::Parse(text, "vocab.txt");
  ASSERT_TRUE(vocabulary.ok());
  const Tokenizer tokenizer(std::make_shared<const Vocabulary>(*std::move(vocabulary)), {});
  ModelConfig model = FindModelPreset("tiny")->config;
  model.generator.vocab_size = model.discriminator.vocab_size = tokenizer.vocabulary().size();
  ASSERT_TRUE(
      WriteCheckpoint(checkpoints, {.state = state, .model = model, .tokenizer = tokenizer}).ok());

  task.hyperparameters.max_steps = 20;
  task.hyperparameters.max_bad_steps = 3;
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(task, recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("from step 3 to step 5"));
  EXPECT_EQ(recorder.skipped_steps, 3);
  EXPECT_TRUE(recorder.steps.empty());
}

TEST_F(LocalRanksTest, AStopEndsAllRanks) {
  TrainingTask task = TaskOver(3);
  Recorder recorder;
  StopSignal stop;
  recorder.after_step = [&](int64_t step) {
    if (step == 3) stop.Request(StopReason::kPause);
  };
  const auto outcome = trainer_->Train(task, recorder, stop);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->stopped, StopReason::kPause);
  EXPECT_EQ(outcome->step, 3);
}

TEST_F(LocalRanksTest, DevicesThatAreNotThereAreSaid) {
  TrainingTask task = TaskOver(1);
  task.devices = {"cpu", "cuda:77"};
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(task, recorder, stop).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("cuda:77"));
}

}  // namespace
}  // namespace electra
