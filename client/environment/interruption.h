// The user's wish to stop, as a flag that ends waits and calls.
//
//   Interruption interruption;
//   std::thread signals([&] { ...sigwait...; interruption.Trigger(); });
//   {
//     Interruption::Guard guard(interruption, [&context] { context.TryCancel(); });
//     status = stub.GetJob(&context, request, &job);
//   }
//   if (interruption.triggered()) ...
//
// Thread-safe. Ownership: borrows the guards for their life.
#pragma once

#include <functional>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace electra::client {

class Interruption {
 public:
  Interruption() = default;
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // Ends every guarded call, now and from now on.
  void Trigger();
  bool triggered() const;

  // Returns early when triggered.
  void WaitFor(absl::Duration duration) const;

  class Guard {
   public:
    // `cancel` ends the call, from any thread.
    Guard(Interruption& interruption, std::function<void()> cancel);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    friend class Interruption;

    Interruption& interruption_;
    const std::function<void()> cancel_;
  };

 private:
  mutable absl::Mutex mutex_;
  bool triggered_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<const Guard*> guards_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace electra::client
