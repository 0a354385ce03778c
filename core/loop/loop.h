// The training loop: from the first step, or the newest checkpoint, to the last checkpoint.
//
// Free of libtorch. Runs on the caller's thread; exceptions of libtorch pass through it, and the
// Trainer (core/loop/trainer.cc) turns them into a status.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "core/hub/pretrained_pair.h"
#include "core/loop/prepare.h"
#include "core/probe/probe_set.h"
#include "core/shape/config.h"
#include "core/trainer.h"

namespace electra {

class RankTeam;

// All that a run needs, read and checked.
struct PreparedRun {
  const TrainingTask& task;  // must outlive the run
  ModelConfig model;
  const PretrainedPair* pretrained = nullptr;  // what a job that begins starts from; null: nothing
  PreparedCorpus corpus;
  ProbeSet probe;
  std::string device;
  RankTeam* team = nullptr;  // whose rank 0 this is; null: there are no other ranks
  int64_t ranks = 1;         // of the team that take part, if all are there
};

// Blocks. InvalidArgument: training diverged, or the text does not suit a hyperparameter.
// ResourceExhausted: memory or disk. Otherwise the errors of the checkpoints and of the observer.
absl::StatusOr<TrainingOutcome> RunTraining(PreparedRun prepared, TrainingObserver& observer,
                                            const StopSignal& stop);

// The outcome of a stop before the first step of an attempt: the job goes on from the newest
// checkpoint of the folder, if there is one.
TrainingOutcome StoppedBeforeSteps(const std::filesystem::path& checkpoints_dir, StopReason reason);

}  // namespace electra
