// A process with RANK above 0: it computes its share of the steps of rank 0's jobs. It reads and
// writes no file and keeps nothing from job to job: shapes, weights and token ids come from rank 0.
//
//   absl::Status status = RunWorker(*ranks, {.threads = 2, .log = log}, stop);
//
// Free of libtorch.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/ranks/rank_environment.h"
#include "core/ranks/rendezvous.h"
#include "core/trainer.h"

namespace electra {

struct WorkerOptions {
  int threads = 0;  // of one operation on the CPU; 0: libtorch's own, within a container's limit
  // auto takes cuda:LOCAL_RANK where this machine has cards, else the processor.
  std::string device = "auto";
  RankOptions ranks = {};
  // Called for each event with a sentence, by the thread that runs the worker.
  std::function<void(Severity, std::string_view)> log = [](Severity, std::string_view) {};
};

// Blocks. OK after `stop` was requested, or when rank 0 said that it ends. A step in progress is
// abandoned: rank 0 goes on without this rank. A lost rank, itself included, is not an error as
// long as rank 0 answers: the worker waits for the next group.
//
// NotFound: no such device. Unavailable: rank 0 does not answer (any more): the launcher must
// restart all processes. IsDeviceLost: the process must end.
absl::Status RunWorker(const RankEnvironment& environment, const WorkerOptions& options,
                       const StopSignal& stop);

}  // namespace electra
