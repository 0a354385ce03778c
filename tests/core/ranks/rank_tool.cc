// One process of a launch, as electrad is one: rank 0 trains a job and says what happens, a line
// each, the others are workers. Without a launcher it trains alone.
//
//   rank_tool CORPUS JOB_DIR HYPERPARAMETERS_JSON [COLLECTIVE_TIMEOUT_S [JOIN_TIMEOUT_S]]
//
// Prints, all numbers in full:
//   pid RANK PID | ranks PRESENT
//   step N COMBINED_LOSS TOKENS RANKS SLOWEST_RANK_TOKENS_PER_SECOND
//   resumed N | checkpoint N | message TEXT | done N | failed CODE TEXT | worker TEXT
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "core/ranks/rank_environment.h"
#include "core/ranks/rendezvous.h"
#include "core/ranks/worker.h"
#include "core/settings/hyperparameter_table.h"
#include "core/trainer.h"

namespace electra {
namespace {

class Printer : public TrainingObserver {
 public:
  void OnPreparationProgress(const PreparationProgress&) override {}
  void OnPrepared(const PreparationReport&) override {}
  void OnStarted(int64_t step, int64_t /*skipped_steps*/) override {
    if (started_ || step > 0) std::printf("resumed %lld\n", Number(step));
    started_ = true;
  }
  void OnStep(const StepMetrics& step) override {
    std::printf("step %lld %.17g %lld %lld %.3f\n", Number(step.step), step.loss.combined_loss,
                Number(step.tokens_seen), Number(step.ranks), step.slowest_rank_tokens_per_second);
  }
  void OnSkippedSteps(int64_t) override {}
  void OnSample(const SampleReport&) override {}
  void OnEvaluation(const EvaluationMetrics&) override {}
  void OnCheckpoint(const CheckpointReport& checkpoint) override {
    std::printf("checkpoint %lld\n", Number(checkpoint.step));
  }
  void OnMessage(Severity, const Message& message) override {
    std::printf("message %s\n", message.text().c_str());
  }

 private:
  static long long Number(int64_t number) { return static_cast<long long>(number); }

  bool started_ = false;
};

int Fail(const absl::Status& status) {
  std::printf("failed %s\n", status.ToString().c_str());
  return 1;
}

// SIGTERM asks for a stop, taken by a thread of its own.
void StopOnTerm(StopSignal& stop) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([&stop, signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    stop.Request(StopReason::kShutdown);
  }).detach();
}

int Main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc < 4) return 2;
  std::signal(SIGPIPE, SIG_IGN);  // as electrad does: Gloo writes to peers that are gone
  static StopSignal stop;
  StopOnTerm(stop);
  const auto ranks = ReadRankEnvironment();
  if (!ranks.ok()) return Fail(ranks.status());
  if (*ranks) {
    std::printf("pid %lld %lld\n", static_cast<long long>((*ranks)->rank),
                static_cast<long long>(getpid()));
  }
  RankOptions options;
  if (argc > 4) options.collective_timeout = std::chrono::seconds(std::atoi(argv[4]));
  if (argc > 5) options.join_timeout = std::chrono::seconds(std::atoi(argv[5]));

  if (*ranks && (*ranks)->rank > 0) {
    const absl::Status status =
        RunWorker(**ranks,
                  {.threads = 1,
                   .ranks = options,
                   .log =
                       [](Severity, std::string_view text) {
                         std::printf("worker %s\n", std::string(text).c_str());
                       }},
                  stop);
    return status.ok() ? 0 : Fail(status);
  }
  std::unique_ptr<Rendezvous> rendezvous;
  if (*ranks) {
    auto opened = Rendezvous::Open(**ranks, options);
    if (!opened.ok()) return Fail(opened.status());
    rendezvous = *std::move(opened);
  }
  const auto trainer = CreateTrainer({.threads = 1, .ranks = rendezvous.get()});
  const ParsedHyperparameters parsed = ParseHyperparameters(argv[3]);
  if (!parsed.violations.empty()) {
    return Fail(Error(absl::StatusCode::kInvalidArgument, parsed.violations.front().problem));
  }
  TrainingTask task;
  task.corpus_path = argv[1];
  task.corpus.display_name = "corpus.txt";
  task.corpus_sha256 = "test";
  task.model = "tiny";
  task.hyperparameters = parsed.values;
  task.job_dir = argv[2];
  task.token_cache_dir = task.job_dir / "caches";
  std::filesystem::create_directories(task.token_cache_dir);
  Printer printer;
  const auto outcome = trainer->Train(task, printer, stop);
  if (!outcome.ok()) return Fail(outcome.status());
  if (rendezvous) {
    int present = 0;
    for (const RankReport& rank : rendezvous->Ranks()) present += rank.present ? 1 : 0;
    std::printf("ranks %d\n", present);
  }
  std::printf("done %lld\n", static_cast<long long>(outcome->step));
  return 0;
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) { return electra::Main(argc, argv); }
