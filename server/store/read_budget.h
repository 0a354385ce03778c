// Limits the cost of a read whose SQL depends on a user's text: it ends when the budget is spent,
// or when nobody waits for it any more.
//
//   return ReadWithinBudget(reader, {.is_cancelled = is_cancelled},
//                           [&] { return ListJobs(reader, query); });
//
// Not thread-safe, like the reader.
#pragma once

#include <SQLiteCpp/Exception.h>

#include <chrono>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/store/database.h"

namespace electra::server {

struct ReadBudget {
  int64_t steps = 100'000'000;  // of SQLite's virtual machine: about ten for each term and row
  absl::Duration time = absl::Seconds(2);
  std::function<bool()> is_cancelled;  // may be empty
};

// Watches the statements of a reader while it lives. Neither nests nor outlives the reader.
class ReadMeter {
 public:
  ReadMeter(Reader& reader, const ReadBudget& budget);
  ~ReadMeter();
  ReadMeter(const ReadMeter&) = delete;
  ReadMeter& operator=(const ReadMeter&) = delete;

  // Why the meter ended a statement: Cancelled, or ResourceExhausted with both limits. OK: it did
  // not.
  const absl::Status& status() const { return status_; }

 private:
  static int Look(void* meter);

  Reader& reader_;
  const ReadBudget& budget_;
  const std::chrono::steady_clock::time_point start_;
  int64_t steps_ = 0;
  absl::Status status_;
};

// Returns the result of `read`, a Status or StatusOr; the meter's status where the meter ended it.
template <typename Read>
auto ReadWithinBudget(Reader& reader, const ReadBudget& budget, Read read) -> decltype(read()) {
  const ReadMeter meter(reader, budget);
  try {
    return read();
  } catch (const SQLite::Exception&) {
    if (meter.status().ok()) throw;
    return meter.status();
  }
}

}  // namespace electra::server
