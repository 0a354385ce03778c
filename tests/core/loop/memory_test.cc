// What a job says when memory runs out, with a real limit on the process's address space.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "core/trainer.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// Sanitizers reserve address space by the terabyte: there is nothing to limit.
#if !defined(ELECTRA_SANITIZED)

// Leaves the process this much more address space than it has, until it is destroyed.
class MemoryLimit {
 public:
  explicit MemoryLimit(rlim_t more_bytes) {
    getrlimit(RLIMIT_AS, &before_);
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more_bytes;
    setrlimit(RLIMIT_AS, &limit);
  }
  ~MemoryLimit() { setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

// Takes the memory away when the networks are there and the first step is next.
class Taker : public TrainingObserver {
 public:
  void OnPreparationProgress(const PreparationProgress& /*progress*/) override {}
  void OnPrepared(const PreparationReport& /*report*/) override { limit.emplace(150 << 20); }
  void OnStarted(int64_t /*step*/, int64_t /*skipped_steps*/) override {}
  void OnStep(const StepMetrics& /*metrics*/) override { ++steps; }
  void OnSkippedSteps(int64_t /*count*/) override {}
  void OnSample(const SampleReport& /*sample*/) override {}
  void OnEvaluation(const EvaluationMetrics& /*evaluation*/) override {}
  void OnCheckpoint(const CheckpointReport& /*checkpoint*/) override {}
  void OnMessage(Severity /*severity*/, const Message& /*message*/) override {}

  std::optional<MemoryLimit> limit;
  int steps = 0;
};

TEST(MemoryTest, ABatchTooLargeNamesOneThatFits) {
  std::string path = (std::filesystem::temp_directory_path() / "electra-memory-XXXXXX").string();
  ASSERT_NE(mkdtemp(path.data()), nullptr);
  const std::filesystem::path folder = path;
  std::ofstream corpus(folder / "corpus.txt");
  for (int line = 0; line < 1100; ++line) {
    for (int word = 0; word < 28; ++word) corpus << "abcdefgh"[(line * 7 + word * 3) % 8] << ' ';
    corpus << '\n';
  }
  corpus.close();

  TrainingTask task;
  task.corpus_path = folder / "corpus.txt";
  task.corpus_sha256 = "test";
  task.model = "tiny";
  task.job_dir = folder / "job";
  task.token_cache_dir = folder / "caches";
  std::filesystem::create_directories(task.job_dir);
  std::filesystem::create_directories(task.token_cache_dir);
  task.hyperparameters.learning_rate = 5e-4;
  task.hyperparameters.batch_size = 1024;
  task.hyperparameters.max_steps = 2;
  task.hyperparameters.max_length = 32;
  task.hyperparameters.validation_split_percentage = 0;
  task.hyperparameters.vocab_size = 100;
  task.hyperparameters.device = "cpu";
  Taker taker;
  const StopSignal never;
  const absl::Status status = CreateTrainer({.threads = 1})->Train(task, taker, never).status();
  taker.limit.reset();
  std::filesystem::remove_all(folder);

  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("memory of cpu ran out in step 1 (batch_size 1024"),
                    ContainsRegex("batch_size of [0-9]+ fits"),
                    ContainsRegex("gradient_accumulation_steps=[0-9]+")));
  EXPECT_EQ(taker.steps, 0);
}

#endif

}  // namespace
}  // namespace electra
