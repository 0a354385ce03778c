// A limit on events per second; a burst may have twice as many.
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>

namespace electra::server {

class TokenBucket {
 public:
  explicit TokenBucket(int64_t per_second)
      : per_second_(static_cast<double>(per_second)), level_(2 * per_second_) {}

  // Takes one, where there is one.
  bool Take(int64_t now_micros) {
    const double elapsed =
        static_cast<double>(std::max<int64_t>(now_micros - last_micros_, 0)) / 1e6;
    last_micros_ = now_micros;
    level_ = std::min(level_ + elapsed * per_second_, 2 * per_second_);
    if (level_ < 1) return false;
    level_ -= 1;
    return true;
  }

 private:
  double per_second_;
  double level_;
  int64_t last_micros_ = 0;
};

}  // namespace electra::server
