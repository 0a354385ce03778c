#include "client/environment/interruption.h"

namespace electra::client {

void Interruption::Trigger() {
  absl::MutexLock lock(&mutex_);
  triggered_ = true;
  for (grpc::ClientContext* call : calls_) call->TryCancel();
}

bool Interruption::triggered() const {
  absl::MutexLock lock(&mutex_);
  return triggered_;
}

void Interruption::WaitFor(absl::Duration duration) const {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&triggered_), duration);
}

Interruption::Guard::Guard(Interruption& interruption, grpc::ClientContext& context)
    : interruption_(interruption), context_(context) {
  absl::MutexLock lock(&interruption_.mutex_);
  interruption_.calls_.insert(&context_);
  if (interruption_.triggered_) context_.TryCancel();
}

Interruption::Guard::~Guard() {
  absl::MutexLock lock(&interruption_.mutex_);
  interruption_.calls_.erase(&context_);
}

}  // namespace electra::client
