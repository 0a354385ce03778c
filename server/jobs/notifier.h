// Tells webhooks of jobs that have ended, failed or been paused.
//
// Each message is stored together with the change itself (server/store/notifications.h), so that a
// daemon that was killed sends it after its restart; a webhook may then get it twice, with the same
// id. One thread, "notify", posts one at a time: training and calls never wait for it. A failed
// attempt is repeated one second later, then two, four, ..., twelve in all.
//
//   Notifier notifier(database, policy);
//   notifier.Start();
//   notifier.Wake();  // something was committed
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/monotonic_condition.h"
#include "server/notify/policy.h"
#include "server/store/database.h"
#include "server/store/notifications.h"

namespace electra::server {

class Notifier {
 public:
  // Both must outlive it.
  Notifier(Database& database, const NotificationPolicy& policy)
      : database_(database), policy_(policy) {}
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // Once, when the policy is set.
  void Start();
  // There may be a new message to send.
  void Wake();
  // Cancels the current post; the next daemon posts it, and the waiting ones.
  void Shutdown();

 private:
  void Run();
  // Posts one that is due. How long until the next is; 0: look again at once.
  absl::StatusOr<absl::Duration> Work();
  absl::Status Tell(const NotificationRow& row);
  absl::Status Forget(const NotificationRow& row);

  Database& database_;
  const NotificationPolicy& policy_;
  std::atomic<bool> is_stopping_ = false;

  absl::Mutex mutex_;
  int64_t wakes_ ABSL_GUARDED_BY(mutex_) = 0;
  MonotonicCondition changed_;  // wakes_ or is_stopping_
  std::thread thread_;          // "notify"
};

}  // namespace electra::server
