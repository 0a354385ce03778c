#include "client/live/live_watch.h"

#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/text/visible_text.h"
#include "electra/v1/daemon.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

LiveWatch::LiveWatch(CommandContext& context, Terminal& terminal, const v1::Job& job)
    : context_(context),
      present_(job.last_sequence()),
      log_output_{.stream = &log_text_,
                  .is_terminal = true,
                  .color = context.environment.out.color,
                  .width = context.environment.out.width,
                  .charset = context.environment.out.charset},
      log_({.output = log_output_,
            .zone = context.environment.zone,
            .language = context.language,
            .progress = Progress::kElsewhere,
            .server = context.connection.target(),
            .total_steps = job.total_steps()}),
      state_(job, context.connection.target()),
      poller_({.connection = context.connection,
               .job = job.name(),
               .on_job = [this](const v1::Job& answer) { OnAnswer(answer); },
               .on_daemon = [this](const v1::DaemonStatus& answer) { OnAnswer(answer); }}),
      screen_({.terminal = terminal,
               .output = context.environment.out,
               .rows = [this](ScreenSize size) { return Rows(size); },
               .quit = [&context] { context.environment.interruption->Trigger(); }}) {}

void LiveWatch::OnEvent(const v1::TrainingEvent& event) {
  {
    absl::MutexLock lock(&mutex_);
    state_.Apply(event);
  }
  if (!HoldBack(event)) log_.OnEvent(event);
  if (present_ > 0 && event.sequence() >= present_) ReleaseHeldBack();
  PrintLog();
  screen_.Refresh();
}

void LiveWatch::OnConnectionLost(absl::Duration /*pause*/, int /*attempt*/, int /*limit*/) {
  {
    absl::MutexLock lock(&mutex_);
    state_.lost = {.step = state_.step ? state_.step->step() : 0};
  }
  screen_.Refresh();
}

void LiveWatch::OnRetry() {
  const bool is_connected = context_.connection.IsConnected();
  {
    absl::MutexLock lock(&mutex_);
    if (is_connected) {
      state_.lost.reset();
    } else if (state_.lost) {
      state_.lost->is_tried_again = true;
    }
  }
  screen_.Refresh();
}

void LiveWatch::Finish() {
  ReleaseHeldBack();
  PrintLog();
  {
    absl::MutexLock lock(&mutex_);
    footer_ = Footer::kLeftOut;
  }
  screen_.Finish();
  poller_.Stop();
}

bool LiveWatch::HoldBack(const v1::TrainingEvent& event) {
  if (event.sequence() > present_) return false;
  switch (event.kind_case()) {
    case v1::TrainingEvent::kSample:
      if (!held_samples_.empty() && held_samples_[0].sample().step() != event.sample().step()) {
        left_out_samples_ += static_cast<int64_t>(held_samples_.size());
        held_samples_.clear();
      }
      held_samples_.push_back(event);
      return true;
    case v1::TrainingEvent::kEvaluation:
      if (held_evaluation_) ++left_out_evaluations_;
      held_evaluation_ = event;
      return true;
    case v1::TrainingEvent::kRewind:
      ForgetHeldBack(event.rewind().step());
      return true;
    case v1::TrainingEvent::kCheckpoint:
      return true;
    default:
      return false;
  }
}

void LiveWatch::ForgetHeldBack(int64_t step) {
  if (held_evaluation_ && held_evaluation_->evaluation().step() > step) held_evaluation_.reset();
  if (!held_samples_.empty() && held_samples_[0].sample().step() > step) held_samples_.clear();
}

void LiveWatch::ReleaseHeldBack() {
  present_ = 0;
  if (left_out_samples_ > 0 || left_out_evaluations_ > 0) {
    std::string id;
    {
      absl::MutexLock lock(&mutex_);
      id = state_.job_id;
    }
    log_text_ << absl::Substitute(context_.labels().left_out, left_out_samples_,
                                  left_out_evaluations_)
              << "\n  " << context_.invocation << " watch --plain " << Visible(id) << "\n";
  }
  if (held_evaluation_) log_.OnEvent(*held_evaluation_);
  for (const v1::TrainingEvent& sample : held_samples_) log_.OnEvent(sample);
  left_out_samples_ = left_out_evaluations_ = 0;
  held_evaluation_.reset();
  held_samples_.clear();
}

void LiveWatch::PrintLog() {
  const std::string lines = log_text_.str();
  if (lines.empty()) return;
  screen_.Print(lines);
  log_text_.str("");
}

std::vector<std::string> LiveWatch::Rows(ScreenSize size) {
  v1::JobState state;
  std::vector<std::string> rows;
  {
    absl::MutexLock lock(&mutex_);
    state = state_.state;
    rows = RenderLive(state_, {.columns = size.columns,
                               .rows = size.rows,
                               .color = context_.environment.out.color,
                               .language = context_.language,
                               .now = context_.environment.now(),
                               .footer = footer_});
  }
  // Without the lock: its callbacks take it.
  poller_.Poll(state, absl::Now());
  return rows;
}

template <typename Answer>
void LiveWatch::OnAnswer(const Answer& answer) {
  {
    absl::MutexLock lock(&mutex_);
    state_.Apply(answer);
    // A server that answers is there, even when the job has no news. Before the stream is tried
    // again, the answer may be older than the loss.
    if (state_.lost && state_.lost->is_tried_again) state_.lost.reset();
  }
  screen_.Refresh();
}

}  // namespace electra::client
