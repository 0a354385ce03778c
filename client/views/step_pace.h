// How long a step takes, from the steps that were seen: for the time left.
//
// Thread safety: a value.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

class StepPace {
 public:
  void Add(const v1::StepMetrics& step) {
    const double seconds = step.step_seconds();
    if (!std::isfinite(seconds) || seconds <= 0) return;
    seconds_ = seconds_ > 0 ? (1 - kNewestShare) * seconds_ + kNewestShare * seconds : seconds;
  }

  // None before the first step and after the last.
  std::optional<absl::Duration> Left(int64_t steps) const {
    if (steps <= 0 || seconds_ <= 0) return std::nullopt;
    return absl::Seconds(seconds_ * static_cast<double>(steps));
  }

 private:
  static constexpr double kNewestShare = 0.1;  // in the running mean

  double seconds_ = 0;
};

}  // namespace electra::client
