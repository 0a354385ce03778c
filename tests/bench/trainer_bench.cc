// Trains as the daemon does, without daemon, database or watchers, and prints each step's tokens
// and seconds: what service_bench.py measures the service against.
//
//   trainer_bench FOLDER CORPUS.csv COLUMN VOCAB MODEL HYPERPARAMETERS.json THREADS
//
// FOLDER receives the job's files; an id cache that is there already is used. Under a launcher each
// process takes THREADS, and rank 0 prints.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/huge_pages.h"  // as the daemon does
#include "core/ranks/rank_environment.h"
#include "core/ranks/rendezvous.h"
#include "core/ranks/worker.h"
#include "core/settings/hyperparameter_table.h"
#include "core/trainer.h"

namespace electra {
namespace {

class Clocks : public TrainingObserver {
 public:
  void OnPreparationProgress(const PreparationProgress& /*progress*/) override {}
  void OnPrepared(const PreparationReport& /*report*/) override {}
  void OnStarted(int64_t /*step*/, int64_t /*skipped_steps*/) override {}
  void OnStep(const StepMetrics& metrics) override {
    std::printf("%.0f %.6f\n", metrics.tokens_per_second * metrics.step_seconds,
                metrics.step_seconds);
  }
  void OnSkippedSteps(int64_t /*count*/) override {}
  void OnSample(const SampleReport& /*sample*/) override {}
  void OnEvaluation(const EvaluationMetrics& /*evaluation*/) override {}
  void OnCheckpoint(const CheckpointReport& /*checkpoint*/) override {}
  void OnMessage(Severity /*severity*/, const Message& /*message*/) override {}
};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "trainer_bench: %s\n", std::string(status.message()).c_str());
  return 1;
}

int Run(char** arguments) {
  const ParsedHyperparameters parsed = ParseHyperparameters(arguments[6]);
  if (!parsed.violations.empty()) {
    std::fprintf(stderr, "trainer_bench: %s\n", parsed.violations.front().problem.text().c_str());
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  TrainingTask task;
  task.corpus_path = arguments[2];
  task.corpus.format = CorpusFormat::kCsv;
  task.corpus.column = arguments[3];
  task.corpus_sha256 = "bench";
  task.vocabulary_path = arguments[4];
  task.model = arguments[5];
  task.hyperparameters = parsed.values;
  task.job_dir = folder / "job";
  task.token_cache_dir = folder / "caches";
  const auto ranks = ReadRankEnvironment();
  if (!ranks.ok()) return Fail(ranks.status());
  const StopSignal never;
  const int threads = std::atoi(arguments[7]);
  if (*ranks && (*ranks)->rank > 0) {
    const absl::Status status = RunWorker(**ranks, {.threads = threads}, never);
    return status.ok() ? 0 : Fail(status);
  }
  std::unique_ptr<Rendezvous> rendezvous;
  if (*ranks) {
    auto opened = Rendezvous::Open(**ranks, {});
    if (!opened.ok()) return Fail(opened.status());
    rendezvous = *std::move(opened);
  }
  std::filesystem::remove_all(task.job_dir);
  std::filesystem::create_directories(task.job_dir);
  std::filesystem::create_directories(task.token_cache_dir);
  Clocks clocks;
  const auto trainer = CreateTrainer({.threads = threads, .ranks = rendezvous.get()});
  const auto outcome = trainer->Train(task, clocks, never);
  if (!outcome.ok()) return Fail(outcome.status());
  return 0;
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr,
                 "usage: trainer_bench FOLDER CORPUS.csv COLUMN VOCAB MODEL JSON THREADS\n");
    return 2;
  }
  return electra::Run(argv);
}
