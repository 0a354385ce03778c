// Threads that go through the same phases of a computation together.
//
//   Team::Run(threads, [&](Team& team) {
//     team.ForEach(rows, [&](int64_t row) { ... });        // phase 1
//     team.ForEach(columns, [&](int64_t column) { ... });  // phase 2: all of phase 1 is done
//   });
//
// Every thread runs the whole function and must pass the same phases in the same order. The parts
// of a phase are cut into as many ranges as there are threads. A thread does its own range first,
// so that rows which it wrote in one phase are in its cache in the next, then parts of others'
// ranges: a thread that is late or was interrupted delays others only by its current part and the
// next one, which is left to it. Entering a phase costs far less than a parallel region of OpenMP.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace electra::cpu {

class Team {
 public:
  // Calls `work(team)` on at most `threads` threads at once, this one among them. Not from inside a
  // team.
  static void Run(int threads, const std::function<void(Team&)>& work);

  // Calls `work(part)` once for each part in [0, parts), on any thread, and returns when all are
  // done and their writes are visible.
  template <typename Work>
  void ForEach(int64_t parts, const Work& work) {
    Start(parts, work);
    Wait();
  }

  // The same for ranges that begin at `first_part(range)`: 0 at range 0, not falling, `parts` at
  // range threads().
  template <typename FirstPart, typename Work>
  void ForEach(int64_t parts, const FirstPart& first_part, const Work& work) {
    Start(parts, first_part, work);
    Wait();
  }

  // Returns when all parts have begun. Their results are there after Wait().
  template <typename Work>
  void Start(int64_t parts, const Work& work) {
    Start(
        parts, [&](int64_t range) { return range * parts / threads_; }, work);
  }

  template <typename FirstPart, typename Work>
  void Start(int64_t parts, const FirstPart& first_part, const Work& work) {
    int64_t done = 0;
    for (int i = 0; i < threads_; ++i) {
      const int range = (thread_ + i) % threads_;
      const int64_t first = first_part(range);
      // Parts that another thread is about to take are left to it: its caches hold what the part
      // needs.
      const int64_t left = i > 0 && range < present_ ? 1 : 0;
      done += Claim(range, first, first_part(range + 1) - first, left, work);
    }
    if (done > 0) progress_->finished.fetch_add(done, std::memory_order_release);
    begun_ += parts;
  }

  void Wait() const {
    // Phases take tens of microseconds: sleeping would take longer than the wait.
    constexpr int kPolls = 2000;
    for (int i = 0; progress_->finished.load(std::memory_order_acquire) < begun_; ++i) {
      if (i > kPolls) {
        std::this_thread::yield();  // more threads than processors
      } else {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
      }
    }
  }

  // At most; what a phase should be cut for.
  int threads() const { return threads_; }
  // kMemoryFloats for each range, aligned to 64 bytes; they hold what the last team left.
  float* memory(int64_t range) const { return memory_ + range * kMemoryFloats; }
  static constexpr int64_t kMemoryFloats = 1 << 20;

 private:
  // Parts are numbered through all phases: a thread that is late finds the parts of its phase
  // claimed, and none of a later one is open to it.
  struct alignas(64) Counter {
    std::atomic<int64_t> value = 0;
  };
  struct Progress {
    explicit Progress(int threads) : claimed(static_cast<size_t>(threads)) {}
    std::vector<Counter> claimed;                   // of each range
    alignas(64) std::atomic<int64_t> finished = 0;  // of all
  };

  Team(Progress* progress, float* memory, int thread, int present, int threads)
      : progress_(progress),
        memory_(memory),
        thread_(thread),
        present_(present),
        threads_(threads),
        begins_(static_cast<size_t>(threads)) {}

  // Does the parts of `parts` from `first` that nobody else does, except the last `left`, and
  // returns how many it did.
  template <typename Work>
  int64_t Claim(int range, int64_t first, int64_t parts, int64_t left, const Work& work) {
    std::atomic<int64_t>& claimed = progress_->claimed[static_cast<size_t>(range)].value;
    const int64_t begin = begins_[static_cast<size_t>(range)];
    int64_t done = 0;
    int64_t next = claimed.load(std::memory_order_relaxed);
    // Below `begin`: parts of an earlier phase, which their thread still is about to take.
    while (next >= begin && next < begin + parts - left) {
      if (!claimed.compare_exchange_weak(next, next + 1, std::memory_order_relaxed)) continue;
      work(first + next - begin);
      ++done;
      next = claimed.load(std::memory_order_relaxed);
    }
    begins_[static_cast<size_t>(range)] = begin + parts;
    return done;
  }

  Progress* progress_;
  float* memory_;
  int thread_;
  int present_;                  // threads that exist
  int threads_;                  // that were asked for
  int64_t begun_ = 0;            // parts of all phases that this thread has passed
  std::vector<int64_t> begins_;  // of each range, the first part of this thread's phase
};

}  // namespace electra::cpu
