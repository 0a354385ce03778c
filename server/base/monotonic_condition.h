// Waits with a time limit that does not change when the wall clock is set: absl's own limits are
// moments of the wall clock, so setting it back an hour would add that hour.
//
//   mutex: absl::Mutex; a MonotonicCondition beside it
//   { absl::MutexLock lock(&mutex); ready = true; }  condition.NotifyAll();
//   { absl::MutexLock lock(&mutex); condition.AwaitFor(mutex, limit, [&] { return ready; }); }
#pragma once

#include <condition_variable>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace electra::server {

class MonotonicCondition {
 public:
  // Call it after a change that may make a condition true.
  void NotifyAll() { changed_.notify_all(); }

  // Waits until `condition` holds or `limit` is over. Returns whether it holds. `mutex` is held at
  // the call, at the return and whenever `condition` is evaluated.
  template <typename Condition>
  bool AwaitFor(absl::Mutex& mutex, absl::Duration limit, const Condition& condition) {
    Lockable lockable{mutex};
    return changed_.wait_for(lockable, absl::ToChronoMilliseconds(limit), condition);
  }

 private:
  struct Lockable {
    absl::Mutex& mutex;
    void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Lock(); }
    void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Unlock(); }
  };

  std::condition_variable_any changed_;
};

}  // namespace electra::server
