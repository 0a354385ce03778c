#include "client/live/status_poller.h"

#include <utility>

#include "absl/time/clock.h"
#include "client/rpc/services.h"
#include "electra/v1/daemon.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

// Everything that a call needs until its callback has run.
struct StatusPoller::Call {
  explicit Call(Connection& connection)
      : guard(connection.interruption(), [this] { context.TryCancel(); }) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + connection.timeout()));
  }

  grpc::ClientContext context;
  Interruption::Guard guard;
  v1::GetJobRequest job_request;
  v1::Job job;
  v1::GetStatusRequest daemon_request;
  v1::DaemonStatus daemon;
};

StatusPoller::StatusPoller(Options options) : options_(std::move(options)) {}

StatusPoller::~StatusPoller() { Stop(); }

void StatusPoller::Stop() {
  if (call_ != nullptr) call_->context.TryCancel();
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &StatusPoller::IsIdle));
}

void StatusPoller::Poll(v1::JobState state, absl::Time now) {
  const bool is_new = std::exchange(state_, state) != state;
  if (!is_new && now < next_) return;
  const bool waits = state == v1::QUEUED;
  if (!waits && state != v1::PREPARING && state != v1::RUNNING) return;
  {
    absl::MutexLock lock(&mutex_);
    if (calling_) return;
    calling_ = true;
  }
  next_ = now + options_.interval;
  call_ = std::make_unique<Call>(options_.connection);
  // Without the lock: the callback may run before the call to start it returns.
  waits ? StartJobCall() : StartDaemonCall();
}

void StatusPoller::StartJobCall() {
  call_->job_request.set_name(options_.job);
  options_.connection.services().jobs->async()->GetJob(
      &call_->context, &call_->job_request, &call_->job, [this](const grpc::Status& status) {
        if (status.ok()) options_.on_job(call_->job);
        End();
      });
}

void StatusPoller::StartDaemonCall() {
  options_.connection.services().daemon->async()->GetStatus(
      &call_->context, &call_->daemon_request, &call_->daemon, [this](const grpc::Status& status) {
        if (status.ok()) options_.on_daemon(call_->daemon);
        End();
      });
}

void StatusPoller::End() {
  absl::MutexLock lock(&mutex_);
  calling_ = false;
}

}  // namespace electra::client
