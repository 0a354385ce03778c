// A limit on the number of something at once for each token.
//
//   PerTokenLimit downloads(4);
//   const std::shared_ptr<const void> slot = downloads.Take(caller.token);
//   if (slot == nullptr) return absl::ResourceExhaustedError(...);
//
// Thread-safe. Must outlive the slots that it gave.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace electra::server {

class PerTokenLimit {
 public:
  explicit PerTokenLimit(int64_t most) : most_(most) {}
  PerTokenLimit(const PerTokenLimit&) = delete;
  PerTokenLimit& operator=(const PerTokenLimit&) = delete;

  // Free again when it is destroyed; null: the token has as many as it may.
  std::shared_ptr<const void> Take(const std::string& token) {
    absl::MutexLock lock(&mutex_);
    const auto taken = taken_.try_emplace(token, 0).first;
    if (taken->second >= most_) return nullptr;
    ++taken->second;
    return {this, [this, token](const void*) { Free(token); }};
  }

  int64_t most() const { return most_; }

 private:
  void Free(const std::string& token) {
    absl::MutexLock lock(&mutex_);
    const auto taken = taken_.find(token);
    if (--taken->second == 0) taken_.erase(taken);
  }

  const int64_t most_;
  absl::Mutex mutex_;
  std::map<std::string, int64_t> taken_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace electra::server
