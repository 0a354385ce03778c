// Writes lines to a descriptor whose reader may be slow or stand still: who logs never waits for it.
//
// What the reader takes at once is written by the thread that logs, so that it is there whatever
// happens next. The rest waits, bounded, for a thread of its own, which starts when it is needed
// first. What does not fit is dropped and counted, and how much it was is said once there is room.
//
//   LogWriter writer(STDERR_FILENO, [](int64_t lines) { return absl::StrCat(lines, " lost\n"); });
//   writer.Write("one line\n");
//
// Thread-safe. Borrows the descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace electra::server {

class LogWriter {
 public:
  static constexpr size_t kMostWaiting = 1 << 20;  // bytes

  // The line that tells how many were dropped.
  using DescribeLoss = std::function<std::string(int64_t lines)>;

  LogWriter(int fd, DescribeLoss describe_loss);
  // Gives what waits a second.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void Write(std::string line);

  // Until nothing waits; for so long at most.
  void Flush(absl::Duration limit);

 private:
  class State;

  const std::shared_ptr<State> state_;  // the thread's too, which may never come back from a write
};

}  // namespace electra::server
