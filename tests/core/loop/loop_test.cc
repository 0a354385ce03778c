// The whole training path below the daemon: corpus, vocabulary, cache, steps, checkpoints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <set>

#include "absl/synchronization/notification.h"
#include "core/loop/checkpoint.h"
#include "core/loop/checkpoint_folders.h"
#include "core/shape/presets.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_F(LoopTest, RunsFromTextToModel) {
  WriteSentences(60);
  Recorder recorder;
  StopSignal stop;
  const auto outcome = trainer_->Train(Task("job"), recorder, stop);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->stopped, StopReason::kNone);
  EXPECT_EQ(outcome->step, 6);
  EXPECT_EQ(recorder.prepared.samples, 60);
  EXPECT_EQ(recorder.prepared.train_sequences + recorder.prepared.validation_sequences, 60);
  EXPECT_EQ(recorder.prepared.total_steps, 6);
  ASSERT_EQ(recorder.steps.size(), 6u);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(recorder.steps[i].step, static_cast<int64_t>(i) + 1);
  EXPECT_EQ(recorder.samples.size(), 3u);
  ASSERT_EQ(recorder.evaluations.size(), 3u);  // before the first step, at 3, at the end
  EXPECT_EQ(recorder.evaluations.front().step, 0);
  EXPECT_EQ(recorder.evaluations.back().step, 6);
  EXPECT_EQ(recorder.checkpoints.back().step, 6);
  for (const char* file : {"discriminator/config.json", "discriminator/model.safetensors",
                           "discriminator/vocab.txt", "generator/model.safetensors"}) {
    EXPECT_TRUE(std::filesystem::exists(outcome->model_dir / file)) << file;
  }
}

TEST_F(LoopTest, AnEvaluationSaysWhatThePairConfuses) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.validation_split_percentage = 50;
  Recorder recorder;
  ASSERT_TRUE(trainer_->Train(task, recorder, {}).ok());
  ASSERT_EQ(recorder.confusions.size(), recorder.evaluations.size());
  for (size_t i = 0; i < recorder.confusions.size(); ++i) {
    const ConfusionReport& report = recorder.confusions[i];
    const EvaluationMetrics& evaluation = recorder.evaluations[i];
    const Confusions<std::string>& confusions = report.confusions;
    EXPECT_EQ(report.step, evaluation.step);
    EXPECT_EQ(report.sequences, recorder.prepared.validation_sequences);
    // The evaluation counts [CLS] and [SEP] too.
    EXPECT_EQ(confusions.tokens, evaluation.token_count - 2 * report.sequences);
    EXPECT_GT(confusions.masked, 0);
    EXPECT_LE(confusions.fakes, confusions.masked);
    EXPECT_NEAR(
        static_cast<double>(confusions.caught),
        evaluation.loss.discriminator_recall.value_or(0) * static_cast<double>(confusions.fakes),
        1e-6);
    // The lists are whole here, so they add up to the totals.
    int64_t fakes = 0;
    int64_t missed = 0;
    for (const auto& token : confusions.faked) {
      fakes += token.fakes;
      missed += token.missed;
      EXPECT_GE(token.count, token.masked);
      EXPECT_GE(token.masked, token.fakes);
      EXPECT_THAT(token.token, Not(AnyOf("[CLS]", "[SEP]")));
    }
    EXPECT_EQ(fakes, confusions.fakes);
    EXPECT_EQ(missed, confusions.fakes - confusions.caught);
    int64_t missed_fakes = 0;
    for (const auto& fake : confusions.missed) {
      EXPECT_NE(fake.original, fake.fake);
      missed_fakes += fake.missed;
    }
    EXPECT_EQ(missed_fakes, missed);
    int64_t suspected = 0;
    for (const auto& token : confusions.suspects) suspected += token.suspected;
    EXPECT_EQ(suspected, confusions.suspected);
  }
}

TEST_F(LoopTest, AStoppedRunGoesOnBitByBit) {
  WriteSentences(60);
  Recorder undisturbed;
  StopSignal never;
  const auto whole = trainer_->Train(Task("whole"), undisturbed, never);
  ASSERT_TRUE(whole.ok()) << whole.status();

  std::vector<StepMetrics> steps;
  absl::StatusOr<TrainingOutcome> outcome;
  for (int attempt = 0; attempt < 3; ++attempt) {
    Recorder recorder;
    StopSignal stop;
    recorder.after_step = [&](int64_t step) {
      if (step == 1 || step == 4) stop.Request(StopReason::kShutdown);
    };
    outcome = trainer_->Train(Task("stopped"), recorder, stop);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(recorder.resumed, attempt == 0 ? 0 : (attempt == 1 ? 1 : 4));
    steps.insert(steps.end(), recorder.steps.begin(), recorder.steps.end());
  }
  EXPECT_EQ(outcome->stopped, StopReason::kNone);
  ASSERT_EQ(steps.size(), undisturbed.steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].step, undisturbed.steps[i].step);
    EXPECT_EQ(steps[i].loss.combined_loss, undisturbed.steps[i].loss.combined_loss);
    EXPECT_EQ(steps[i].tokens_seen, undisturbed.steps[i].tokens_seen);
  }
  std::vector<Message> warnings;
  const auto a = LoadNewestCheckpoint(folder_.path() / "whole/checkpoints", &warnings);
  const auto b = LoadNewestCheckpoint(folder_.path() / "stopped/checkpoints", &warnings);
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t i = 0; i < (*a)->state.discriminator.size(); ++i) {
    EXPECT_EQ((*a)->state.discriminator[i].values, (*b)->state.discriminator[i].values);
  }
}

// Several are started while the one before is written: none is lost, and each holds its own step.
TEST_F(LoopTest, CheckpointsAreWrittenFromACopyWhileTrainingGoesOn) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.save_steps = 1;
  task.hyperparameters.save_total_limit = 6;
  Recorder recorder;
  StopSignal stop;
  ASSERT_TRUE(trainer_->Train(task, recorder, stop).ok());
  ASSERT_EQ(recorder.checkpoints.size(), 6u);
  std::set<std::string> weights;
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(recorder.checkpoints[i].step, static_cast<int64_t>(i) + 1);
    weights.insert(ReadText(recorder.checkpoints[i].path / "generator/model.safetensors"));
  }
  EXPECT_EQ(weights.size(), 6u);

  // The same steps with one checkpoint at the end give the same weights.
  task = Task("undisturbed");
  task.hyperparameters.save_steps = 0;
  Recorder other;
  const auto outcome = trainer_->Train(task, other, stop);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(ReadText(outcome->model_dir / "generator/model.safetensors"),
            ReadText(recorder.checkpoints.back().path / "generator/model.safetensors"));
}

TEST_F(LoopTest, TrainingGoesOnWhileACheckpointWaitsForItsHistory) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.max_steps = 10;
  Recorder recorder;
  absl::Notification unlocked;
  recorder.sync = [&] {
    return unlocked.WaitForNotificationWithTimeout(absl::Minutes(1))
               ? absl::OkStatus()
               : absl::DeadlineExceededError("training did not go on");
  };
  recorder.after_step = [&](int64_t step) {
    if (step == 9) unlocked.Notify();
  };
  const auto outcome = trainer_->Train(task, recorder, {});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  // The checkpoint of step 8 has replaced the ones that fell due before.
  std::vector<int64_t> steps;
  for (const CheckpointReport& checkpoint : recorder.checkpoints) steps.push_back(checkpoint.step);
  EXPECT_THAT(steps, ElementsAre(2, 8, 10));
}

// A daemon that is killed after a checkpoint must find all steps before it in the history.
TEST_F(LoopTest, NoCheckpointIsWrittenBeforeItsHistory) {
  struct FullDisk : Recorder {
    absl::Status Sync() override { return absl::ResourceExhaustedError("the disk is full"); }
  };
  WriteSentences(60);
  const TrainingTask task = Task("job");
  FullDisk recorder;
  StopSignal stop;
  const auto outcome = trainer_->Train(task, recorder, stop);
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(ListCheckpoints(task.job_dir / "checkpoints").empty());
}

// In the middle, and at the last step, which needs its checkpoint.
TEST_F(LoopTest, WhereNoCheckpointIsAdmittedTheRunPauses) {
  WriteSentences(60);
  int64_t most = 1;
  for (const int64_t step : {2, 4}) {
    Recorder recorder;
    recorder.admit = [&](int64_t, std::span<const int64_t> older) -> std::optional<size_t> {
      if (static_cast<int64_t>(recorder.needed_bytes.size()) > most) return std::nullopt;
      return older.size();
    };
    const auto outcome = trainer_->Train(Task("job"), recorder, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->stopped, StopReason::kPause);
    EXPECT_EQ(outcome->step, step);
    EXPECT_EQ(recorder.checkpoints.back().step, step);
    EXPECT_EQ(CheckpointSteps(folder_.path() / "job" / "checkpoints").back(), step);
  }
  Recorder recorder;
  const auto outcome = trainer_->Train(Task("job"), recorder, {});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(recorder.resumed, 4);
  EXPECT_EQ(outcome->stopped, StopReason::kNone);
  EXPECT_EQ(outcome->step, 6);
}

TEST_F(LoopTest, ADamagedCheckpointIsPassedOverWithAWarning) {
  WriteSentences(60);
  const TrainingTask task = Task("job");
  {
    Recorder recorder;
    StopSignal stop;
    recorder.after_step = [&](int64_t step) {
      if (step == 5) stop.Request(StopReason::kShutdown);
    };
    ASSERT_TRUE(trainer_->Train(task, recorder, stop).ok());
  }
  std::ofstream(task.job_dir / "checkpoints/step-00000005/optimizer.safetensors") << "damaged";
  Recorder recorder;
  StopSignal stop;
  ASSERT_TRUE(trainer_->Train(task, recorder, stop).ok());
  EXPECT_EQ(recorder.resumed, 4);
  ASSERT_EQ(recorder.warnings.size(), 1u);
  EXPECT_THAT(recorder.warnings[0], HasSubstr("step-00000005 is damaged"));
  EXPECT_EQ(recorder.steps.front().step, 5);
}

TEST_F(LoopTest, ACancelEndsWithACheckpoint) {
  WriteSentences(60);
  Recorder recorder;
  StopSignal stop;
  recorder.after_step = [&](int64_t step) {
    if (step == 3) stop.Request(StopReason::kCancel);
  };
  const auto outcome = trainer_->Train(Task("job"), recorder, stop);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->stopped, StopReason::kCancel);
  EXPECT_EQ(outcome->step, 3);
  EXPECT_EQ(recorder.checkpoints.back().step, 3);
}

TEST_F(LoopTest, LongTextIsSplitAndNothingIsDropped) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "데이터 모델 학습 ";
  WriteCorpus(text + "\n");
  TrainingTask task = Task("job");
  task.hyperparameters.validation_split_percentage = 0;
  Recorder recorder;
  StopSignal stop;
  const auto outcome = trainer_->Train(task, recorder, stop);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(recorder.prepared.samples, 1);
  EXPECT_EQ(recorder.prepared.split_samples, 1);
  EXPECT_EQ(recorder.prepared.truncated_samples, 0);
  EXPECT_GE(recorder.prepared.sequences, recorder.prepared.tokens / 30);
}

TEST_F(LoopTest, ABatchThatDoesNotFitIsRefused) {
  WriteSentences(5);
  TrainingTask task = Task("job");
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(task, recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("is 8"), HasSubstr("only 4")));
}

// NaN weights from a checkpoint stand for a run that diverged.
TEST_F(LoopTest, ADivergedRunEndsWithAdvice) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  {
    Recorder recorder;
    StopSignal stop;
    recorder.after_step = [&](int64_t step) {
      if (step == 2) stop.Request(StopReason::kShutdown);
    };
    ASSERT_TRUE(trainer_->Train(task, recorder, stop).ok());
  }
  const std::filesystem::path checkpoints = task.job_dir / "checkpoints";
  std::vector<Message> warnings;
  auto loaded = LoadNewestCheckpoint(checkpoints, &warnings);
  ASSERT_TRUE(loaded.ok() && loaded->has_value());
  for (float& value : (*loaded)->state.generator[0].values) value = std::nanf("");
  ModelConfig model = FindModelPreset("tiny")->config;
  const auto text = ReadText(task.job_dir / "vocab.txt");
  const Tokenizer tokenizer(
      std::make_shared<const Vocabulary>(*Vocabulary::Parse(text, "vocab.txt")), {});
  model.generator.vocab_size = model.discriminator.vocab_size = tokenizer.vocabulary().size();
  ASSERT_TRUE(
      WriteCheckpoint(
          checkpoints,
          {.state = (*loaded)->state, .model = model, .tokenizer = tokenizer, .tokens_seen = 0})
          .ok());

  task.hyperparameters.max_bad_steps = 2;
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(task, recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("from step 3 to step 4"), HasSubstr("learning_rate"),
                    HasSubstr("Step 4 read lines "), HasSubstr(" of corpus.txt"),
                    HasSubstr("checkpoint is that of step 2: " + checkpoints.string())));
  const Message message = MessageOf(status);
  EXPECT_EQ(message.code(), "TRAINING_DIVERGED");
  EXPECT_EQ(message.args().at("last"), "4");
  EXPECT_EQ(message.Inner("source").code(), "LINES_OF_CORPUS");
  EXPECT_EQ(message.Inner("checkpoint").code(), "LAST_GOOD_CHECKPOINT");
  ASSERT_EQ(recorder.warnings.size(), 3u);
  EXPECT_THAT(recorder.warnings[0], AllOf(HasSubstr("step 3 was skipped"), HasSubstr("nan"),
                                          HasSubstr("1 in a row, the job fails at 2")));
  // The database takes no NaN.
  EXPECT_THAT(recorder.warnings[1], HasSubstr("combined loss after step 3 is nan"));
  EXPECT_TRUE(recorder.evaluations.empty());
  EXPECT_EQ(recorder.skipped_steps, 2);
  EXPECT_TRUE(recorder.steps.empty());
  EXPECT_TRUE(recorder.checkpoints.empty());
}

TEST_F(LoopTest, AModelThatCannotBeginToTrainIsNoMatterOfTheLearningRate) {
  WriteSentences(60);
  Recorder unheard;
  TrainingTask task = Task("job");
  task.hyperparameters.max_steps = 1;
  const auto trained = trainer_->Train(task, unheard, {});
  ASSERT_TRUE(trained.ok()) << trained.status();
  // The last weight in the file becomes NaN.
  const std::filesystem::path weights = trained->model_dir / "discriminator/model.safetensors";
  std::fstream file(weights, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-4, std::ios::end);
  const float nan = std::nanf("");
  file.write(reinterpret_cast<const char*>(&nan), sizeof nan);
  file.close();

  TrainingTask next = Task("next");
  next.pretrained_dir = trained->model_dir;
  next.hyperparameters.max_bad_steps = 2;
  Recorder recorder;
  const absl::Status status = trainer_->Train(next, recorder, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("from its first weights: from step 1 to step 2"),
                    HasSubstr("Start from another model"), Not(HasSubstr("learning_rate"))));
}

TEST_F(LoopTest, ErrorsOfTheCorpusReachTheOwner) {
  WriteCorpus("첫 줄\n\xff\n");
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(Task("job"), recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("corpus.txt"), HasSubstr("2")));
  EXPECT_EQ(MessageOf(status).code(), "NOT_IN_ENCODING");
  EXPECT_EQ(MessageOf(status).args().at("line"), "2");
}

TEST_F(LoopTest, AnUnknownDeviceSaysWhatThereIs) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.device = "cuda:77";
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(task, recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("device cuda:77 is not there: this machine has "));
  EXPECT_EQ(MessageOf(status).code(), "DEVICE_NOT_THERE");
}

}  // namespace
}  // namespace electra
