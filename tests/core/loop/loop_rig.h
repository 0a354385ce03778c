// What tests of the training loop share: an observer that keeps what it is told, a corpus, a task.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/trainer.h"
#include "tests/temporary_folder.h"

namespace electra {

// Keeps what it is told; `after_step` may stop the run.
class Recorder : public TrainingObserver {
 public:
  void OnPreparationProgress(const PreparationProgress&) override {}
  void OnPrepared(const PreparationReport& report) override { prepared = report; }
  void OnModelRead() override { ++model_reads; }
  // Forgets what comes after the step, as a history does.
  void OnStarted(int64_t step, int64_t skipped) override {
    resumed = step;
    skipped_steps = skipped;
    std::erase_if(steps, [step](const StepMetrics& metrics) { return metrics.step > step; });
  }
  void OnStep(const StepMetrics& metrics) override {
    steps.push_back(metrics);
    if (after_step) after_step(metrics.step);
  }
  void OnSkippedSteps(int64_t count) override { skipped_steps = count; }
  void OnSample(const SampleReport& sample) override { samples.push_back(sample); }
  void OnEvaluation(const EvaluationMetrics& evaluation) override {
    evaluations.push_back(evaluation);
  }
  void OnConfusions(const ConfusionReport& report) override { confusions.push_back(report); }
  void OnCheckpoint(const CheckpointReport& checkpoint) override {
    checkpoints.push_back(checkpoint);
  }
  void OnMessage(Severity severity, const Message& message) override {
    messages.push_back(message);
    if (severity == Severity::kWarning) warnings.push_back(message.text());
  }
  absl::StatusOr<std::optional<size_t>> AdmitCheckpoint(int64_t needed,
                                                        std::span<const int64_t> older) override {
    needed_bytes.push_back(needed);
    return admit ? admit(needed, older) : older.size();
  }

  absl::Status Sync() override { return sync ? sync() : absl::OkStatus(); }

  std::function<absl::Status()> sync;  // empty: the history is on the disk
  std::function<void(int64_t)> after_step;
  std::function<std::optional<size_t>(int64_t, std::span<const int64_t>)> admit;  // empty: all
  std::vector<int64_t> needed_bytes;
  PreparationReport prepared;
  int model_reads = 0;
  int64_t resumed = -1;
  std::vector<StepMetrics> steps;
  int64_t skipped_steps = 0;
  std::vector<SampleReport> samples;
  std::vector<EvaluationMetrics> evaluations;
  std::vector<ConfusionReport> confusions;
  std::vector<CheckpointReport> checkpoints;
  std::vector<std::string> warnings;
  std::vector<Message> messages;  // of any severity
};

class LoopTest : public ::testing::Test {
 protected:
  void WriteCorpus(const std::string& text) {
    std::ofstream(folder_.path() / "corpus.txt", std::ios::binary) << text;
  }

  // A corpus of `lines` sentences over a few words, all of them different.
  void WriteSentences(int lines) {
    const std::vector<std::string> words = {"데이터", "모델", "학습", "서버", "언어", "코드"};
    std::string text;
    for (size_t i = 0; i < static_cast<size_t>(lines); ++i) {
      size_t digits = i;  // that make four words
      for (size_t j = 0; j < 4 + i % 5; ++j, digits /= words.size()) {
        text += words[(j < 4 ? digits : i * 7 + j * (i % 3 + 1)) % words.size()] + " ";
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
    task.hyperparameters.save_minutes = 0;
    task.hyperparameters.load_best_model_at_end = false;
    task.hyperparameters.vocab_size = 120;
    task.hyperparameters.device = "cpu";
    return task;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Trainer> trainer_ = CreateTrainer({.threads = 1});
};

}  // namespace electra
