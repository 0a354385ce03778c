// Asks the server now and then for data that a job's events lack: its position in the queue while
// it waits, the use of its device while it runs.
//
//   StatusPoller poller({.connection = connection, .job = job.name(),
//                        .on_job = ..., .on_daemon = ...});
//   poller.Poll(state, absl::Now());   // as often as you like; never waits
//
// One call at a time. Ignores failed calls: a watcher can do without them.
//
// Thread safety: Poll() belongs to one thread; the callbacks come on gRPC's threads, one at a time,
// and none after Stop(). Ownership: borrows the connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/rpc/connection.h"
#include "electra/v1/daemon.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

class StatusPoller {
 public:
  struct Options {
    Connection& connection;
    std::string job;  // "jobs/{id}"
    std::function<void(const v1::Job&)> on_job;
    std::function<void(const v1::DaemonStatus&)> on_daemon;
    absl::Duration interval = absl::Seconds(5);
  };

  explicit StatusPoller(Options options);
  ~StatusPoller();  // like Stop()
  StatusPoller(const StatusPoller&) = delete;
  StatusPoller& operator=(const StatusPoller&) = delete;

  // Starts the call that is due for a job in this state, if any: at once for a new state, then at
  // every interval.
  void Poll(v1::JobState state, absl::Time now);

  // Cancels the running call; when it returns, no callback runs any more. Do not call Poll()
  // afterwards.
  void Stop();

 private:
  struct Call;

  void StartJobCall();
  void StartDaemonCall();
  void End();
  bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !calling_; }

  const Options options_;
  v1::JobState state_ = v1::JOB_STATE_UNSPECIFIED;  // of the last Poll()
  absl::Time next_ = absl::InfinitePast();
  std::unique_ptr<Call> call_;  // the newest, even when it has ended

  absl::Mutex mutex_;
  bool calling_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace electra::client
