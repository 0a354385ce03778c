#include "client/environment/interruption.h"

#include <utility>

namespace electra::client {

void Interruption::Trigger() {
  absl::MutexLock lock(&mutex_);
  triggered_ = true;
  for (const Guard* guard : guards_) guard->cancel_();
}

bool Interruption::triggered() const {
  absl::MutexLock lock(&mutex_);
  return triggered_;
}

void Interruption::WaitFor(absl::Duration duration) const {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&triggered_), duration);
}

Interruption::Guard::Guard(Interruption& interruption, std::function<void()> cancel)
    : interruption_(interruption), cancel_(std::move(cancel)) {
  absl::MutexLock lock(&interruption_.mutex_);
  interruption_.guards_.insert(this);
  if (interruption_.triggered_) cancel_();
}

Interruption::Guard::~Guard() {
  absl::MutexLock lock(&interruption_.mutex_);
  interruption_.guards_.erase(this);
}

}  // namespace electra::client
