// A key store (core/c10d/key_store.h) that another thread can wake its user from.
//
// Used by one thread, except where noted. Throws StoreLost. Free of libtorch.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/c10d/key_store.h"

namespace electra {

class Waiter {
 public:
  explicit Waiter(std::unique_ptr<KeyStore> store);

  // Does something with the store.
  template <typename Call>
  auto Ask(const Call& call) {
    const Asking asking(*this);
    return call(*store_);
  }
  // The key's value as soon as there is one; nothing after Interrupt(), or after `patience`.
  std::optional<std::string> WaitFor(const std::string& key, std::chrono::milliseconds patience);
  bool interrupted() const;

  // By any thread.
  void Interrupt();
  // How long the store has not answered; zero where no request waits.
  std::chrono::milliseconds unanswered() const;

 private:
  // While it lives, a request to the store is under way.
  class Asking {
   public:
    explicit Asking(Waiter& waiter) : waiter_(waiter) { waiter_.SetAsked(true); }
    ~Asking() { waiter_.SetAsked(false); }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

   private:
    Waiter& waiter_;
  };

  void SetAsked(bool asked);

  std::unique_ptr<KeyStore> store_;
  mutable absl::Mutex mutex_;
  std::unique_ptr<KeyStore> waker_ ABSL_GUARDED_BY(mutex_);
  std::string key_ ABSL_GUARDED_BY(mutex_);  // the one waited for; may be empty
  std::optional<std::chrono::steady_clock::time_point> asked_ ABSL_GUARDED_BY(mutex_);
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace electra
