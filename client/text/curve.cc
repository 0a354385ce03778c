#include "client/text/curve.h"

#include <algorithm>
#include <cmath>

namespace electra::client {
namespace {

constexpr size_t kMostStretches = 2048;

// A NaN point loses, so that a gap remains only where there is nothing else.
PlotPoint Lower(const PlotPoint& a, const PlotPoint& b) {
  if (!std::isfinite(a.y)) return b;
  return !std::isfinite(b.y) || a.y <= b.y ? a : b;
}

PlotPoint Higher(const PlotPoint& a, const PlotPoint& b) {
  if (!std::isfinite(a.y)) return b;
  return !std::isfinite(b.y) || a.y >= b.y ? a : b;
}

}  // namespace

void Curve::Add(int64_t step, double value) {
  last_ = value;
  while (!stretches_.empty() && stretches_.back().begin >= step) stretches_.pop_back();
  // The highest steps would be rounded beyond int64.
  const int64_t shown = std::min(step, int64_t{1} << 62);
  const PlotPoint point = {.x = static_cast<double>(shown), .y = value};
  if (!stretches_.empty()) {
    Stretch& newest = stretches_.back();
    // Extremes of steps that are run again may be in the stretch of the first of them.
    const bool run_again = newest.low.x >= point.x || newest.high.x >= point.x;
    if (run_again) newest.low = newest.high = point;
    if (newest.steps < steps_each_ || run_again) {
      newest.low = Lower(newest.low, point);
      newest.high = Higher(newest.high, point);
      ++newest.steps;
      return;
    }
  }
  if (stretches_.size() == kMostStretches) Merge();
  stretches_.push_back({.begin = step, .steps = 1, .low = point, .high = point});
}

void Curve::DropAfter(int64_t step) {
  while (!stretches_.empty() && stretches_.back().begin > step) stretches_.pop_back();
  last_.reset();
  if (stretches_.empty()) return;
  // A stretch that holds earlier steps too loses the later ones.
  Stretch& newest = stretches_.back();
  const double end = static_cast<double>(std::min(step, int64_t{1} << 62));
  if (newest.low.x > end) newest.low = newest.high;
  if (newest.high.x > end) newest.high = newest.low;
  if (newest.low.x > end) {  // both
    stretches_.pop_back();
    return DropAfter(step);
  }
  last_ = newest.low.x > newest.high.x ? newest.low.y : newest.high.y;
}

void Curve::Merge() {
  for (size_t i = 0; i + 1 < stretches_.size(); i += 2) {
    const Stretch& left = stretches_[i];
    const Stretch& right = stretches_[i + 1];
    stretches_[i / 2] = {.begin = left.begin,
                         .steps = left.steps + right.steps,
                         .low = Lower(left.low, right.low),
                         .high = Higher(left.high, right.high)};
  }
  stretches_.resize(stretches_.size() / 2);
  steps_each_ *= 2;
}

std::vector<PlotPoint> Curve::Points() const {
  std::vector<PlotPoint> points;
  points.reserve(stretches_.size() * 2);
  for (const Stretch& stretch : stretches_) {
    const bool low_first = stretch.low.x <= stretch.high.x;
    points.push_back(low_first ? stretch.low : stretch.high);
    if (stretch.low.x != stretch.high.x) points.push_back(low_first ? stretch.high : stretch.low);
  }
  return points;
}

}  // namespace electra::client
