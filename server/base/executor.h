// A few threads for the work of calls: reading the database, checking a corpus.
//
// gRPC's own threads serve every call at once and must not wait for a disk. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace electra::server {

class Executor {
 public:
  // `name` (at most 12 characters) names the threads. `max_queued`: what may wait, beyond what
  // runs.
  Executor(const std::string& name, int threads, size_t max_queued = 4096);
  // Runs what is queued, then joins.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False when too much is waiting: the caller refuses its call.
  [[nodiscard]] bool TryPost(std::function<void()> work);

 private:
  void Run();

  const size_t max_queued_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace electra::server
