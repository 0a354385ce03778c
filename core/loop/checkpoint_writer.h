// Writes checkpoints from a copy of the state, on a thread of its own ("checkpoint"), which first
// brings the copy from the device, while training goes on.
//
//   StateCopy copy = session.StartCopy();
//   writer.Start({.state = std::move(copy.state), .fetch = std::move(copy.fetch), ...});
//   ... a step ...
//   if (auto done = writer.TakeDone()) Report(*done);
//
// At most one is in flight. Used by the thread that trains; what the options borrow must outlive
// the writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/loop/best_evaluation.h"
#include "core/session/session.h"
#include "core/shape/config.h"
#include "core/text/tokenizer.h"
#include "core/trainer.h"

namespace electra {

// What one checkpoint holds.
struct CheckpointCopy {
  SessionState state;
  // Brings the state's numbers from the device; empty: they are there (StateCopy).
  std::function<void(SessionState& state)> fetch = {};
  int64_t tokens_seen = 0;
  double run_seconds = 0;
  BestEvaluation best;
  bool is_best = false;  // checkpoints/best leads to it from then on

  // Waits for the state's numbers. Throws libtorch's errors.
  void Fetch() {
    if (fetch) std::exchange(fetch, nullptr)(state);
  }
};

struct CheckpointWriterOptions {
  std::filesystem::path checkpoints_dir;
  const ModelConfig& model;
  const Tokenizer& tokenizer;
  TrainingObserver& observer;  // whose reports are on the disk before a checkpoint is
  int64_t keep = 1;            // checkpoints that stay, the newest; and the best
  // How long training waits when a checkpoint falls due and the last is still being written.
  absl::Duration patience = absl::Seconds(5);
};

class CheckpointWriter {
 public:
  explicit CheckpointWriter(const CheckpointWriterOptions& options) : options_(options) {}
  // Waits for the one that is being written.
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // No report: the observer did not admit it, and it was not written.
  using Written = absl::StatusOr<std::optional<CheckpointReport>>;
  using Result = std::optional<Written>;

  // The result of the checkpoint that was started, once: nothing where there was none, or where it
  // is not done yet.
  Result TakeDone();
  // The same, but waits for it: to the end, or for a while.
  Result Await();
  Result Await(absl::Duration limit);

  bool is_busy() const { return thread_.joinable(); }

  // Only where none is in flight: after Await().
  void Start(CheckpointCopy copy);

 private:
  Written Write(CheckpointCopy& copy) const;

  const CheckpointWriterOptions options_;
  std::thread thread_;  // joinable while a result has not been taken

  absl::Mutex mutex_;
  Result result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace electra
