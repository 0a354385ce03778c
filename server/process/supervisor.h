// Looks after a running daemon from a thread of its own: tells systemd's watchdog that it is alive
// while calls and writes progress, reports in health checks that it does not serve while one of its
// cards is gone, logs how many refused calls have no line of their own, and has it collect
// interrupted uploads.
//
// A `systemctl daemon-reload` on the host can take the cards from a running container: then the
// driver reports fewer than at the start.
#pragma once

#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/monotonic_condition.h"
#include "server/daemon.h"
#include "server/process/service_notifier.h"

namespace electra::server {

class Supervisor {
 public:
  // Both must outlive this. `interval` is the time between checks of the cards.
  Supervisor(Daemon& daemon, const ServiceNotifier& notifier,
             absl::Duration interval = absl::Seconds(10));
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // The daemon is about to shut down: from here on it is not checked, and counts as alive for as
  // long as the shutdown takes.
  void EnterShutdown();

 private:
  void Run();
  // Checks the daemon without waiting for a call.
  bool IsAlive() ABSL_LOCKS_EXCLUDED(check_mutex_);
  void LookAtCards();

  Daemon& daemon_;
  const ServiceNotifier& notifier_;
  const absl::Duration interval_;
  const int64_t cards_;     // at the start
  bool is_serving_ = true;  // used by thread_ only

  absl::Mutex check_mutex_;  // held while the daemon is checked
  bool in_shutdown_ ABSL_GUARDED_BY(check_mutex_) = false;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  MonotonicCondition stopped_;  // stopping_ changed

  std::thread thread_;  // "supervisor"
};

}  // namespace electra::server
