// The user's wish to stop, as a flag that ends waits and calls.
//
//   Interruption interruption;
//   std::thread signals([&] { ...sigwait...; interruption.Trigger(); });
//   {
//     Interruption::Guard guard(interruption, context);  // Trigger() cancels the call
//     status = stub.GetJob(&context, request, &job);
//   }
//   if (interruption.triggered()) ...
//
// Thread safety: all methods may be called from any thread. Ownership: borrows the contexts for
// the life of their guards.
#pragma once

#include <grpcpp/client_context.h>

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

  // Cancels every guarded call, now and from now on.
  void Trigger();
  bool triggered() const;

  // Returns early when triggered.
  void WaitFor(absl::Duration duration) const;

  class Guard {
   public:
    Guard(Interruption& interruption, grpc::ClientContext& context);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Interruption& interruption_;
    grpc::ClientContext& context_;
  };

 private:
  mutable absl::Mutex mutex_;
  bool triggered_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<grpc::ClientContext*> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace electra::client
