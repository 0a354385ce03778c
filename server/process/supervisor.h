// Looks after a running daemon from a thread of its own: tells systemd's watchdog that it is alive
// while calls and writes get further, health checks that it does not serve while one of its cards is
// gone, and the log how many calls were refused beyond those that have a line; and has it collect
// uploads that broke off.
//
// A `systemctl daemon-reload` on the host can take the cards from a container that runs: then the
// driver answers for fewer than were there at the start.
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
  // Both must outlive this. `interval` is how often the cards are looked at.
  Supervisor(Daemon& daemon, const ServiceNotifier& notifier,
             absl::Duration interval = absl::Seconds(10));
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // The daemon is about to be shut down: from here on it is not looked at, and counts as alive for
  // as long as the shutdown takes.
  void EnterShutdown();

 private:
  void Run();
  // Looks at the daemon, and waits for no call.
  bool IsAlive() ABSL_LOCKS_EXCLUDED(check_mutex_);
  void LookAtCards();

  Daemon& daemon_;
  const ServiceNotifier& notifier_;
  const absl::Duration interval_;
  const int64_t cards_;     // at the start
  bool is_serving_ = true;  // used by thread_ only

  absl::Mutex check_mutex_;  // held while the daemon is looked at
  bool in_shutdown_ ABSL_GUARDED_BY(check_mutex_) = false;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  MonotonicCondition stopped_;  // stopping_ changed

  std::thread thread_;  // "supervisor"
};

}  // namespace electra::server
