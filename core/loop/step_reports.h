// Reports a job's steps to its observer, and counts over them.
//
// Results come over from the device for several steps at once, so they share the time since the
// last ones equally. Not thread-safe; borrows its arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "core/loop/bad_steps.h"
#include "core/session/metrics.h"
#include "core/session/session.h"
#include "core/settings/hyperparameters.h"
#include "core/settings/schedule.h"
#include "core/trainer.h"

namespace electra {

class StepReports {
 public:
  StepReports(const Hyperparameters& hyperparameters, const RunLength& run,
              TrainingObserver& observer)
      : hyperparameters_(hyperparameters),
        run_(run),
        observer_(observer),
        bad_steps_(hyperparameters.max_bad_steps) {}

  // The counts, and the time of the run, go on from those of an earlier attempt.
  void GoOnFrom(int64_t tokens_seen, int64_t skipped_steps, double run_seconds) {
    tokens_seen_ = tokens_seen;
    skipped_steps_ = skipped_steps;
    earlier_seconds_ = run_seconds;
    started_ = Clock::now();
  }

  // The time so far belongs to no step: it went into looking at the networks, or saving them.
  void RestartClock() { since_ = Clock::now(); }

  // Reports the steps since the last call. Returns the step with which too many in a row were bad;
  // nothing after it is reported.
  std::optional<int64_t> Report(std::span<const StepResult> results);

  int64_t tokens_seen() const { return tokens_seen_; }
  double run_seconds() const {
    return earlier_seconds_ + std::chrono::duration<double>(Clock::now() - started_).count();
  }
  const LossMetrics& last_loss() const { return last_loss_; }  // the last finite one
  const BadSteps& bad_steps() const { return bad_steps_; }

 private:
  using Clock = std::chrono::steady_clock;

  void ReportBad(const StepMetrics& metrics);

  const Hyperparameters& hyperparameters_;
  const RunLength& run_;
  TrainingObserver& observer_;
  int64_t tokens_seen_ = 0;
  int64_t skipped_steps_ = 0;
  BadSteps bad_steps_;
  LossMetrics last_loss_;
  double earlier_seconds_ = 0;  // of the attempts before
  Clock::time_point started_ = Clock::now();
  Clock::time_point since_ = Clock::now();
};

}  // namespace electra
