#include "core/ranks/waiter.h"

#include <utility>

namespace electra {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

}  // namespace

Waiter::Waiter(std::unique_ptr<KeyStore> store) : store_(std::move(store)) {
  waker_ = store_->Clone();
}

void Waiter::SetAsked(bool asked) {
  const absl::MutexLock lock(&mutex_);
  asked_ = asked ? std::optional(Clock::now()) : std::nullopt;
}

std::optional<std::string> Waiter::WaitFor(const std::string& key, milliseconds patience) {
  {
    const absl::MutexLock lock(&mutex_);
    if (interrupted_) return std::nullopt;
    key_ = key;
  }
  const auto value = Ask([&](KeyStore& store) { return store.Get(key, patience); });
  const absl::MutexLock lock(&mutex_);
  key_.clear();
  return interrupted_ ? std::nullopt : value;
}

bool Waiter::interrupted() const {
  const absl::MutexLock lock(&mutex_);
  return interrupted_;
}

void Waiter::Interrupt() {
  const absl::MutexLock lock(&mutex_);
  if (interrupted_) return;
  interrupted_ = true;
  // Nobody else waits for a key with this rank's number in it, but for the first, which stays.
  if (key_.empty() || key_.ends_with("/leader") || key_.ends_with("/round")) return;
  try {
    waker_->Set(key_, "");
  } catch (const StoreLost&) {
    // Then the wait fails too.
  }
}

milliseconds Waiter::unanswered() const {
  const absl::MutexLock lock(&mutex_);
  if (!asked_) return milliseconds(0);
  return std::chrono::duration_cast<milliseconds>(Clock::now() - *asked_);
}

}  // namespace electra
