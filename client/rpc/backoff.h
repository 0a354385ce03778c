// Pauses between attempts: doubling from half a second to half a minute, each within a fifth of
// its length at random, so that clients that lost the same server do not return all at once.
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/time/time.h"

namespace electra::client {

class Backoff {
 public:
  explicit Backoff(std::function<double()> random) : random_(std::move(random)) {}

  absl::Duration Next() {
    const absl::Duration pause = next_ * (0.8 + 0.4 * random_());
    next_ = std::min(next_ * 2, absl::Seconds(30));
    return pause;
  }
  void Reset() { next_ = kFirst; }

 private:
  static constexpr absl::Duration kFirst = absl::Milliseconds(500);

  std::function<double()> random_;
  absl::Duration next_ = kFirst;
};

}  // namespace electra::client
