// A job's training on a terminal: its log scrolls, and rows below it show its state.
//
//   LiveWatch watch(context, terminal, job);
//   WatchOutcome outcome = FollowJob(connection, environment, {.retry_limit = 0}, watch);
//   watch.Finish();
//
// From the time before the watching began, the log has the states, the warnings and the newest
// sample and evaluation; the curves have everything.
//
// Several threads meet here: the caller's brings events, the screen's draws and reads keys, gRPC's
// bring answers to the poller. Shared data is guarded. `q` triggers the interruption.
//
// Not thread-safe. Ownership: borrows context and terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/environment/terminal.h"
#include "client/live/live_rows.h"
#include "client/live/live_screen.h"
#include "client/live/live_state.h"
#include "client/live/status_poller.h"
#include "client/live/training_view.h"
#include "client/live/watcher.h"
#include "client/shell/command_context.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

class LiveWatch : public EventSink {
 public:
  LiveWatch(CommandContext& context, Terminal& terminal, const v1::Job& job);
  ~LiveWatch() override { Finish(); }

  void OnEvent(const v1::TrainingEvent& event) override;
  void OnConnectionLost(absl::Duration pause, int attempt, int limit) override;
  void OnRetry() override;

  // The last state stays on the terminal; its modes are restored.
  void Finish();

 private:
  bool HoldBack(const v1::TrainingEvent& event);
  // Drops held-back events of later steps, which are no longer part of the run.
  void ForgetHeldBack(int64_t step);
  void ReleaseHeldBack();
  void PrintLog();
  std::vector<std::string> Rows(ScreenSize size);
  template <typename Answer>
  void OnAnswer(const Answer& answer);

  CommandContext& context_;

  // Events of the past: the newest are held back until the present is reached.
  int64_t present_;  // sequence of the last event when the watching began; 0: already reached
  std::vector<v1::TrainingEvent> held_samples_;  // of one step
  std::optional<v1::TrainingEvent> held_evaluation_;
  int64_t left_out_samples_ = 0;
  int64_t left_out_evaluations_ = 0;

  std::ostringstream log_text_;  // written by log_, taken by PrintLog()
  Output log_output_;
  TrainingView log_;

  absl::Mutex mutex_;
  LiveState state_ ABSL_GUARDED_BY(mutex_);
  Footer footer_ ABSL_GUARDED_BY(mutex_) = Footer::kShown;

  StatusPoller poller_;
  LiveScreen screen_;  // last: its thread uses everything above
};

}  // namespace electra::client
