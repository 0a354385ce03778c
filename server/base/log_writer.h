// Writes lines to a descriptor whose reader may be slow or stop: a thread that logs never waits for
// it.
//
// The thread that logs writes as much as the reader takes at once, so that these lines are out
// whatever happens next. The rest waits, bounded, for a thread of the writer's own, which starts
// when it is first needed. Lines that do not fit are dropped and counted, and a line says how many
// once there is room.
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

  // Makes the line that says how many lines were dropped.
  using DescribeLoss = std::function<std::string(int64_t lines)>;

  LogWriter(int fd, DescribeLoss describe_loss);
  // Gives waiting lines a second.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void Write(std::string line);

  // Returns when no line waits, or after `limit`.
  void Flush(absl::Duration limit);

 private:
  class State;

  const std::shared_ptr<State> state_;  // the thread's too, which may never come back from a write
};

}  // namespace electra::server
