// The whole training path below the daemon: corpus, vocabulary, cache, steps, checkpoints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>

#include "core/model/presets.h"
#include "core/train/checkpoint.h"
#include "core/trainer.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Keeps what it is told; `after_step` may stop the run.
class Recorder : public TrainingObserver {
 public:
  void OnPreparationProgress(const PreparationProgress& report) override {
    progress.push_back(report);
  }
  void OnPrepared(const PreparationReport& report) override { prepared = report; }
  void OnResumed(int64_t step) override { resumed = step; }
  void OnStep(const StepMetrics& metrics) override {
    steps.push_back(metrics);
    if (after_step) after_step(metrics.step);
  }
  void OnSample(const SampleReport& sample) override { samples.push_back(sample); }
  void OnEvaluation(const EvaluationMetrics& evaluation) override {
    evaluations.push_back(evaluation);
  }
  void OnCheckpoint(const CheckpointReport& checkpoint) override {
    checkpoints.push_back(checkpoint);
  }
  void OnMessage(Severity severity, std::string_view text) override {
    if (severity == Severity::kWarning) warnings.emplace_back(text);
  }

  std::function<void(int64_t)> after_step;
  PreparationReport prepared;
  int64_t resumed = -1;
  std::vector<StepMetrics> steps;
  std::vector<SampleReport> samples;
  std::vector<EvaluationMetrics> evaluations;
  std::vector<CheckpointReport> checkpoints;
  std::vector<std::string> warnings;
  std::vector<PreparationProgress> progress;
};

class LoopTest : public ::testing::Test {
 protected:
  void WriteCorpus(const std::string& text) {
    std::ofstream(folder_.path() / "corpus.txt", std::ios::binary) << text;
  }

  // A corpus of `lines` sentences over a few words.
  void WriteSentences(int lines) {
    const std::vector<std::string> words = {"데이터", "모델", "학습", "서버", "언어", "코드"};
    std::string text;
    for (int i = 0; i < lines; ++i) {
      for (int j = 0; j < 4 + i % 5; ++j) {
        text += words[static_cast<size_t>(i * 7 + j * (i % 3 + 1)) % words.size()] + " ";
      }
      text += "\n";
    }
    WriteCorpus(text);
  }

  TrainingTask Task(const std::string& job) {
    TrainingTask task;
    task.corpus_path = folder_.path() / "corpus.txt";
    task.corpus.display_name = "corpus.txt";
    task.corpus_sha256 = "test";
    task.model = "tiny";
    task.job_dir = folder_.path() / job;
    task.token_cache_dir = folder_.path() / "caches";
    std::filesystem::create_directories(task.job_dir);
    std::filesystem::create_directories(task.token_cache_dir);
    task.hyperparameters.learning_rate = 5e-4;
    task.hyperparameters.batch_size = 8;
    task.hyperparameters.max_steps = 6;
    task.hyperparameters.max_length = 32;
    task.hyperparameters.sample_every = 2;
    task.hyperparameters.eval_steps = 3;
    task.hyperparameters.save_steps = 2;
    task.hyperparameters.vocab_size = 120;
    task.hyperparameters.device = "cpu";
    return task;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Trainer> trainer_ = CreateTrainer({.threads = 1});
};

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
    EXPECT_EQ(recorder.resumed, attempt == 0 ? -1 : (attempt == 1 ? 1 : 4));
    steps.insert(steps.end(), recorder.steps.begin(), recorder.steps.end());
  }
  EXPECT_EQ(outcome->stopped, StopReason::kNone);
  ASSERT_EQ(steps.size(), undisturbed.steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].step, undisturbed.steps[i].step);
    EXPECT_EQ(steps[i].loss.combined_loss, undisturbed.steps[i].loss.combined_loss);
    EXPECT_EQ(steps[i].tokens_seen, undisturbed.steps[i].tokens_seen);
  }
  std::vector<std::string> warnings;
  const auto a = LoadNewestCheckpoint(folder_.path() / "whole/checkpoints", &warnings);
  const auto b = LoadNewestCheckpoint(folder_.path() / "stopped/checkpoints", &warnings);
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t i = 0; i < (*a)->state.discriminator.size(); ++i) {
    EXPECT_EQ((*a)->state.discriminator[i].values, (*b)->state.discriminator[i].values);
  }
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

// Weights that are no numbers stand for a run that diverged; they come by way of a checkpoint.
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
  std::vector<std::string> warnings;
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

  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(task, recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("step 3"), HasSubstr("learning_rate"),
                                                   HasSubstr("checkpoint of step 2 is kept")));
  EXPECT_TRUE(recorder.steps.empty());
  EXPECT_TRUE(recorder.checkpoints.empty());
}

TEST_F(LoopTest, ErrorsOfTheCorpusReachTheOwner) {
  WriteCorpus("첫 줄\n\xff\n");
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(Task("job"), recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("corpus.txt"), HasSubstr("2")));
}

TEST_F(LoopTest, AnUnknownDeviceSaysWhatThereIs) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.device = "cuda:77";
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(task, recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cuda:77"));
}

}  // namespace
}  // namespace electra
