// A job's checkpoints, as its loop sees them: what an attempt goes on from, and those that are
// written while training goes on, each reported when it is whole.
//
// Not thread-safe; what the options borrow must outlive it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/loop/checkpoint.h"
#include "core/loop/checkpoint_writer.h"
#include "core/trainer.h"

namespace electra {

class JobCheckpoints {
 public:
  explicit JobCheckpoints(const CheckpointWriterOptions& options)
      : dir_(options.checkpoints_dir), observer_(options.observer), writer_(options) {}

  // The newest that is whole, behind a warning of each that is not; nothing where there is none.
  absl::StatusOr<std::optional<LoadedCheckpoint>> LoadNewest();

  // Only where none is being written: behind Await().
  void Start(CheckpointCopy copy);
  // Waits for the one that is being written, if there is one.
  absl::Status Await();
  absl::Status ReportDone();

  // Of the last that was started or loaded; 0: there was none.
  int64_t last_step() const { return last_step_; }

  // One was not admitted: training is to stop.
  bool is_refused() const { return is_refused_; }

  // The last that is whole: its folder, empty where there is none yet, and its step.
  const std::filesystem::path& whole() const { return whole_; }
  int64_t whole_step() const { return whole_step_; }

  const std::filesystem::path& dir() const { return dir_; }

 private:
  absl::Status Report(CheckpointWriter::Result written);

  const std::filesystem::path dir_;
  TrainingObserver& observer_;
  int64_t last_step_ = 0;
  std::filesystem::path whole_;
  int64_t whole_step_ = 0;
  bool is_refused_ = false;
  CheckpointWriter writer_;
};

}  // namespace electra
