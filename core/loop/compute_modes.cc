#include "core/loop/compute_modes.h"

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace electra {

ComputeModes ModesOf(const Hyperparameters& hyperparameters) {
  return {.tf32 = hyperparameters.tf32, .deterministic = hyperparameters.deterministic};
}

absl::StatusOr<ComputeModeGate::Lease> ComputeModeGate::Enter(
    const ComputeModes& modes, const StopSignal& stop, const std::function<void()>& on_wait) {
  constexpr absl::Duration kLookForStop = absl::Milliseconds(100);
  bool has_told = false;
  absl::MutexLock lock(&mutex_);
  const auto may_enter = [this, &modes]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return holders_ == 0 || modes_ == modes;
  };
  while (!may_enter()) {
    if (stop.requested()) return absl::CancelledError("stopped while it waited for other jobs");
    if (!has_told) {
      has_told = true;
      mutex_.Unlock();
      on_wait();
      mutex_.Lock();
      continue;
    }
    mutex_.AwaitWithTimeout(absl::Condition(&may_enter), kLookForStop);
  }
  modes_ = modes;
  ++holders_;
  return Lease(this);
}

void ComputeModeGate::Leave() {
  absl::MutexLock lock(&mutex_);
  --holders_;
}

}  // namespace electra
