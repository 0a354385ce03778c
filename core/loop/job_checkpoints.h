// A job's checkpoints, as its loop sees them: the one that an attempt goes on from, and new ones
// written while training goes on, each reported when it is whole.
//
//   RETURN_IF_ERROR(checkpoints.AwaitForAWhile());
//   checkpoints.Start({.state = std::move(copy.state), .fetch = std::move(copy.fetch), ...});
//
// Where the disk or the history's database does not answer, training goes on: one more checkpoint
// waits then, the newest that fell due, unless that would take the best one's place.
//
// Not thread-safe; what the options borrow must outlive it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/loop/checkpoint.h"
#include "core/loop/checkpoint_writer.h"
#include "core/trainer.h"

namespace electra {

class JobCheckpoints {
 public:
  explicit JobCheckpoints(const CheckpointWriterOptions& options)
      : dir_(options.checkpoints_dir),
        patience_(options.patience),
        observer_(options.observer),
        writer_(options) {}

  // The newest that is whole; nothing where there is none. Warns of damaged newer ones and sets
  // them aside, or they would count as newer than the ones that training writes from here on.
  absl::StatusOr<std::optional<LoadedCheckpoint>> LoadNewest();

  // Whether the checkpoint of the best evaluation is there; checkpoints/best then leads to it. For
  // a loaded state: a later best may have replaced that checkpoint, and be gone itself.
  absl::StatusOr<bool> FindBest(int64_t step);

  // Writes it, at once or after the one in progress. Call an Await function first: a copy is as
  // large as the state itself. Throws libtorch's errors where it must wait.
  void Start(CheckpointCopy copy);
  // Waits for all that were started.
  absl::Status Await();
  // The same, but not for longer than patience: not at all where one waits already.
  absl::Status AwaitForAWhile();
  absl::Status ReportDone();

  // The step of the last one started or loaded; 0: there was none.
  int64_t last_step() const { return last_step_; }

  // One was not admitted: training should stop.
  bool is_refused() const { return is_refused_; }

  // The last that is whole: its folder, empty where there is none yet, and its step.
  const std::filesystem::path& whole() const { return whole_; }
  int64_t whole_step() const { return whole_step_; }

  const std::filesystem::path& dir() const { return dir_; }

 private:
  absl::Status Report(CheckpointWriter::Result written);

  const std::filesystem::path dir_;
  const absl::Duration patience_;
  TrainingObserver& observer_;
  int64_t last_step_ = 0;
  std::filesystem::path whole_;
  int64_t whole_step_ = 0;
  bool is_refused_ = false;
  std::optional<CheckpointCopy> waiting_;  // only while the writer is busy
  CheckpointWriter writer_;
};

}  // namespace electra
