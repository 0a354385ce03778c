// A few threads for the work of calls, shared fairly between callers.
//
//   Executor executor({.name = "short", .threads = 4, .most_running_of_one = 2});
//   Executor::Call call(executor, caller.token);
//   const absl::Status posted = call.Post([...] { ... });  // not OK: end the call with it
//
// gRPC's own threads serve every call at once and must not wait for a disk. Tokens take turns, and
// none has more threads or more waiting work than its share. Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace electra::server {

class Executor {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    std::string name;  // of the threads, at most 12 characters
    int threads = 1;
    int most_running_of_one = 1;       // threads that one token's work has at once
    size_t most_waiting = 4096;        // besides running work
    size_t most_waiting_of_one = 512;  // of one token
  };

  // The work of one call: one piece after the other, and none after its client has left. Outlives
  // its pieces.
  class Call {
   public:
    // The work counts against the share of `token`. Empty: the daemon does not need tokens, so the
    // work may take all threads.
    Call(Executor& executor, std::string token) : executor_(executor), token_(std::move(token)) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // OK: `work` runs on a thread, unless the call leaves before; it may have ended and destroyed
    // this object when Post() returns. ResourceExhausted: too much is waiting. Cancelled: the call
    // has left.
    absl::Status Post(std::function<void()> work);

    // The client has left: waiting work will not run. Returns whether there was some; else work is
    // running, or the next Post() returns Cancelled. Exactly one of the three ends the call.
    bool Leave();

   private:
    friend class Executor;

    Executor& executor_;
    const std::string token_;
    bool has_left_ ABSL_GUARDED_BY(executor_.mutex_) = false;
  };

  explicit Executor(const Options& options);
  // Runs the queued work, then joins the threads.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Since when work whose token has a free share has waited without any thread taking work; nullopt
  // if no such work waits.
  std::optional<Clock::time_point> stalled_since() const;

  size_t waiting() const;

 private:
  struct Piece {
    const Call* call;
    std::function<void()> work;
    Clock::time_point posted;
  };
  // The work of one token.
  struct Queue {
    std::deque<Piece> waiting;
    int running = 0;
  };
  using Queues = std::map<std::string, Queue>;

  void Run();
  // The queue whose turn it is, after that of `last_token_`; end(): none has work and a free share.
  Queues::iterator NextQueue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasTurn(const Queues::value_type& entry) const;
  void EraseIfEmpty(Queues::iterator queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  mutable absl::Mutex mutex_;
  Queues queues_ ABSL_GUARDED_BY(mutex_);  // by token; only tokens with work
  std::string last_token_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  Clock::time_point last_taken_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace electra::server
