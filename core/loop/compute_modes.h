// Settings that libtorch has once for the whole process, whichever card computes: jobs that differ
// in them cannot run at the same time.
//
//   ASSIGN_OR_RETURN(const ComputeModeGate::Lease lease, gate.Enter(modes, stop, on_wait));
//   ... trains; others with these modes may too ...
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/settings/hyperparameters.h"
#include "core/trainer.h"

namespace electra {

struct ComputeModes {
  bool tf32 = false;
  bool deterministic = false;

  friend bool operator==(const ComputeModes&, const ComputeModes&) = default;
};

ComputeModes ModesOf(const Hyperparameters& hyperparameters);

class ComputeModeGate {
 public:
  // The modes hold while one lives.
  class Lease {
   public:
    explicit Lease(ComputeModeGate* gate) : gate_(gate) {}
    Lease(Lease&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (gate_ != nullptr) gate_->Leave();
    }

   private:
    ComputeModeGate* gate_;  // null: moved away
  };

  // Waits while others hold other modes, and calls `on_wait` once if it has to. Cancelled where
  // `stop` is requested before. The gate must outlive the lease.
  absl::StatusOr<Lease> Enter(const ComputeModes& modes, const StopSignal& stop,
                              const std::function<void()>& on_wait);

 private:
  void Leave();

  absl::Mutex mutex_;
  int64_t holders_ ABSL_GUARDED_BY(mutex_) = 0;
  ComputeModes modes_ ABSL_GUARDED_BY(mutex_);  // of the holders
};

}  // namespace electra
