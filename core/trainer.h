// The one interface through which the daemon trains. Free of libtorch, gRPC and SQLite.
//
//   std::unique_ptr<Trainer> trainer = CreateTrainer({.threads = 2});
//   absl::StatusOr<TrainingOutcome> outcome = trainer->Train(task, observer, stop);
//
// Tests of the queue, the event log and the services use a deterministic trainer of their own.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/device_lost.h"
#include "core/base/message.h"
#include "core/probe/confusion_report.h"
#include "core/probe/sample.h"
#include "core/session/device.h"
#include "core/session/metrics.h"
#include "core/settings/hyperparameters.h"
#include "core/text/corpus_reader.h"

namespace electra {

// A text to train on or to evaluate on.
struct CorpusSource {
  std::filesystem::path path;
  CorpusOptions reading;
  std::string sha256;  // the file's, in lower-case hexadecimal: names its token cache
};

// Further held-out text.
struct EvalCorpus {
  std::string name;  // different from those of the job's others
  CorpusSource source;
};

// A job as the trainer sees it.
struct TrainingTask {
  // The first corpus, as a CorpusSource has it.
  std::filesystem::path corpus_path;
  CorpusOptions corpus;
  std::string corpus_sha256;
  // Corpora to train on besides the first. Text is held out from the first only.
  std::vector<CorpusSource> more_corpora = {};
  // Shares of the tokens, of the first corpus and of each of more_corpora, all above 0. Empty: each
  // has as much as it holds.
  std::vector<double> mix = {};
  std::vector<EvalCorpus> eval_corpora = {};
  std::filesystem::path vocabulary_path;  // vocab.txt; empty: one is trained from the corpus
  std::string model;                      // name of a preset; with pretrained_dir only a name
  // generator/ and discriminator/ of an imported model (core/hub/pretrained_pair.h); may be empty.
  std::filesystem::path pretrained_dir;
  Hyperparameters hyperparameters;  // resolved: learning_rate is set
  std::vector<std::string> probe;   // sentences that every sample shows, with the same masks
  // Devices of the job's ranks, rank 0's first, all in this process: "cuda:0", "cuda:1"; a name may
  // occur twice. Empty: hyperparameters.device, and the next devices of its kind where
  // hyperparameters.devices is above 1. Ignored where TrainerOptions has ranks.
  std::vector<std::string> devices = {};
  std::filesystem::path job_dir;          // vocab.txt and checkpoints/ go here; must exist
  std::filesystem::path token_cache_dir;  // shared by all jobs; must exist
};

// All corpora that the task is trained on, the first one first.
std::vector<CorpusSource> TrainedOn(const TrainingTask& task);

// The corpus as it is trained on, before the first step.
struct PreparationReport {
  int64_t samples = 0;
  int64_t sequences = 0;
  int64_t tokens = 0;  // without [CLS] and [SEP]
  int64_t unknown_tokens = 0;
  int64_t split_samples = 0;      // that became several sequences
  int64_t truncated_samples = 0;  // that lost tokens
  int64_t vocab_size = 0;
  int64_t train_sequences = 0;
  int64_t validation_sequences = 0;
  int64_t total_steps = 0;
  int64_t parameters = 0;  // both networks'; shared ones count once
  std::string device;      // rank 0's: "cpu", "cuda:0"
};

// The progress of reading a corpus.
struct PreparationProgress {
  enum class Phase { kVocabulary, kTokenization };
  Phase phase = Phase::kVocabulary;
  int64_t samples = 0;
  int64_t read_bytes = 0;  // of size_bytes, as the corpus is stored
  int64_t size_bytes = 0;
};

struct CheckpointReport {
  int64_t step = 0;
  std::filesystem::path path;  // its folder
  int64_t size_bytes = 0;
};

enum class Severity { kInfo, kWarning, kError };

// Receives the events of a training, in order, on the thread that trains. Each function must return
// soon: it hands on work that may wait for a disk or a client.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  // From time to time, for corpora that take a while.
  virtual void OnPreparationProgress(const PreparationProgress& progress) = 0;
  // The job's initial weights came from the disk, not from an earlier job.
  virtual void OnModelRead() {}
  virtual void OnPrepared(const PreparationReport& report) = 0;
  // Training continues after this step of an earlier attempt, or begins with step 1 (0). Reports of
  // later steps are no longer part of the run; `skipped_steps` of the steps up to it were skipped.
  virtual void OnStarted(int64_t step, int64_t skipped_steps) = 0;
  virtual void OnStep(const StepMetrics& metrics) = 0;
  // A step had no finite loss and gradient and changed nothing; `count` is the run's number of such
  // steps so far, this one included. Each step is reported by this function or by OnStep.
  virtual void OnSkippedSteps(int64_t count) = 0;
  virtual void OnSample(const SampleReport& sample) = 0;
  virtual void OnEvaluation(const EvaluationMetrics& evaluation) = 0;
  // After the evaluation that it belongs to.
  virtual void OnConfusions(const ConfusionReport& /*confusions*/) {}
  virtual void OnCheckpoint(const CheckpointReport& checkpoint) = 0;
  virtual void OnMessage(Severity severity, const Message& message) = 0;

  // Returns when everything reported so far is on the disk; from any thread. A checkpoint is
  // written after it, so that no step before the checkpoint's can be missing from the history.
  virtual absl::Status Sync() { return absl::OkStatus(); }

  // Before a checkpoint is written, on the thread that writes it. It and the files that must stay
  // with it take `needed` bytes; `older` are the sizes of the other checkpoints, newest first.
  // Returns how many of the older ones may stay: the rest is removed. nullopt: there is no room for
  // `needed`; the checkpoint is not written, and the job stops as for a pause.
  virtual absl::StatusOr<std::optional<size_t>> AdmitCheckpoint(int64_t /*needed*/,
                                                                std::span<const int64_t> older) {
    return older.size();
  }
};

// From the weakest to the strongest.
enum class StopReason { kNone, kPreempt, kShutdown, kPause, kCancel };

// Set by any thread; the trainer checks it between steps and while it prepares.
class StopSignal {
 public:
  // The strongest requested reason stays.
  void Request(StopReason reason) {
    StopReason current = reason_.load();
    while (current < reason && !reason_.compare_exchange_weak(current, reason)) {
    }
  }
  StopReason reason() const { return reason_.load(); }
  bool requested() const { return reason() != StopReason::kNone; }

 private:
  std::atomic<StopReason> reason_{StopReason::kNone};
};

struct TrainingOutcome {
  StopReason stopped = StopReason::kNone;  // kNone: it did the last step, or stopped early
  int64_t step = 0;                        // steps done
  std::filesystem::path model_dir;         // a checkpoint: discriminator/ and generator/
  Message note;                            // why the model is not the last step's; empty: it is
};

// The memory that Unload() gave back.
struct UnloadReport {
  int64_t models = 0;
  int64_t bytes = 0;  // of weights in the host's memory
};

class Trainer {
 public:
  virtual ~Trainer() = default;

  // Prepares, continues from the newest checkpoint in job_dir if there is one, and trains to the
  // end or until `stop`; writes a checkpoint in both cases. Blocks. One call at a time per device.
  //
  // InvalidArgument: the corpus, the vocabulary or a hyperparameter cannot be used; the message is
  // for the job's owner. ResourceExhausted: memory or disk. IsDeviceLost: the process must end.
  // Internal: any other error of libtorch.
  virtual absl::StatusOr<TrainingOutcome> Train(const TrainingTask& task,
                                                TrainingObserver& observer,
                                                const StopSignal& stop) = 0;

  virtual std::vector<DeviceReport> Devices() const = 0;

  // The device that a job's `device` means here. NotFound: there is none; the message lists them.
  virtual absl::StatusOr<std::string> ResolveDevice(std::string_view requested) const = 0;

  // Whether the device (one of Devices()) can compute as bf16 asks. FailedPrecondition: it lacks
  // the instructions. Train() refuses the same.
  virtual absl::Status CheckPrecision(const Hyperparameters& /*values*/,
                                      std::string_view /*device*/) const {
    return absl::OkStatus();
  }

  // Floating-point operations a second of large matrix products on the device, in `type` (float32,
  // bfloat16 or float16); 0: not known. Measured once, in about a second, on a device that should
  // be idle. From any thread.
  virtual double ProductSpeed(const std::string& /*device*/, std::string_view /*type*/) const {
    return 0;
  }

  // Frees memory kept for later jobs: weights of imported models, and memory of devices that no job
  // uses. Running jobs are not disturbed.
  virtual UnloadReport Unload() { return {}; }
};

class Rendezvous;

struct TrainerOptions {
  // Threads of one operation on the CPU; 0: one per core that a container grants. Ranks of one
  // process share them.
  int threads = 0;
  // Most bytes of imported models' weights that are kept between jobs.
  int64_t resident_bytes = 0;
  // The other processes of a launch in which this one is rank 0; null: it is alone. Every job
  // takes all of them, or as many as its `devices` says, and this process's share is computed on
  // one device, cuda:LOCAL_RANK or the processor: the only one that Devices() names. Must outlive
  // the trainer.
  Rendezvous* ranks = nullptr;
};

std::unique_ptr<Trainer> CreateTrainer(const TrainerOptions& options);

}  // namespace electra
