#include "core/loop/prepare.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace electra {
namespace {

class ProgressRecorder : public TrainingObserver {
 public:
  void OnPreparationProgress(const PreparationProgress& report) override {
    progress.push_back(report);
  }
  void OnPrepared(const PreparationReport&) override {}
  void OnResumed(int64_t) override {}
  void OnStep(const StepMetrics&) override {}
  void OnSkippedSteps(int64_t) override {}
  void OnSample(const SampleReport&) override {}
  void OnEvaluation(const EvaluationMetrics&) override {}
  void OnCheckpoint(const CheckpointReport&) override {}
  void OnMessage(Severity, std::string_view) override {}

  std::vector<PreparationProgress> progress;
};

class PrepareTest : public ::testing::Test {
 protected:
  // A corpus of so many bytes, and a job that reads it.
  TrainingTask Task(int64_t bytes) {
    const std::string line = "the quick brown fox jumps over the lazy dog again and again\n";
    TrainingTask task;
    task.corpus_path = folder_.path() / "corpus.txt";
    std::ofstream file(task.corpus_path, std::ios::binary);
    for (int64_t written = 0; written < bytes; written += static_cast<int64_t>(line.size())) {
      file << line;
    }
    task.corpus_sha256 = std::to_string(bytes);
    task.job_dir = folder_.path() / "job";
    task.token_cache_dir = folder_.path() / "caches";
    std::filesystem::create_directories(task.job_dir);
    std::filesystem::create_directories(task.token_cache_dir);
    task.hyperparameters.vocab_size = 100;
    return task;
  }

  TemporaryFolder folder_;
  ProgressRecorder recorder_;
  StopSignal stop_;
};

TEST_F(PrepareTest, ALongCorpusSaysHowFarItIs) {
  const TrainingTask task = Task(int64_t{17} << 20);
  const auto prepared = PrepareCorpus(task, nullptr, recorder_, stop_);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  int64_t last = 0;
  size_t words = 0;
  for (const PreparationProgress& progress : recorder_.progress) {
    if (progress.phase == PreparationProgress::Phase::kVocabulary) ++words;
    const bool next_phase = progress.read_bytes < last;
    EXPECT_FALSE(next_phase && progress.phase == PreparationProgress::Phase::kVocabulary);
    last = progress.read_bytes;
    EXPECT_LE(progress.read_bytes, progress.size_bytes);
    EXPECT_EQ(progress.size_bytes,
              static_cast<int64_t>(std::filesystem::file_size(task.corpus_path)));
  }
  EXPECT_GE(words, 15u);
  EXPECT_GE(recorder_.progress.size() - words, 15u);
  EXPECT_LE(recorder_.progress.size(), 40u);
}

TEST_F(PrepareTest, AShortOneIsReadBeforeAnyoneLooks) {
  ASSERT_TRUE(PrepareCorpus(Task(int64_t{1} << 20), nullptr, recorder_, stop_).ok());
  EXPECT_TRUE(recorder_.progress.empty());
}

}  // namespace
}  // namespace electra
