#include "client/text/rate_curve.h"

#include <algorithm>
#include <limits>

namespace electra::client {
namespace {

constexpr size_t kMostRatios = 2048;
// Keeps steps and sums of a lying server far from the limits of numbers.
constexpr int64_t kHighestStep = int64_t{1} << 62;
constexpr double kLargestWhole = 1e15;

Ratio PlausibleRatio(const Ratio& ratio) {
  // Also false for NaN.
  const bool is_ratio =
      ratio.part >= 0 && ratio.part <= ratio.whole && ratio.whole <= kLargestWhole;
  return is_ratio ? ratio : Ratio();
}

double RateOf(const Ratio& sum) {
  if (sum.whole <= 0) return std::numeric_limits<double>::quiet_NaN();
  return std::clamp(sum.part / sum.whole, 0.0, 1.0);
}

Ratio SumOf(const Ratio& a, const Ratio& b) { return {a.part + b.part, a.whole + b.whole}; }

}  // namespace

void RateCurve::Add(int64_t step, Ratio ratio) {
  step = std::clamp<int64_t>(step, 0, kHighestStep);
  ratio = PlausibleRatio(ratio);
  while (!stretches_.empty() && stretches_.back().end >= step) stretches_.pop_back();
  if (!stretches_.empty() && stretches_.back().added < added_each_) {
    Stretch& newest = stretches_.back();
    newest.end = step;
    ++newest.added;
    newest.sum = SumOf(newest.sum, ratio);
    return;
  }
  if (stretches_.size() == kMostRatios) Merge();
  stretches_.push_back({.begin = step, .end = step, .added = 1, .sum = ratio});
}

void RateCurve::DropAfter(int64_t step) {
  while (!stretches_.empty() && stretches_.back().end > step) stretches_.pop_back();
}

void RateCurve::Merge() {
  for (size_t i = 0; i + 1 < stretches_.size(); i += 2) {
    const Stretch& left = stretches_[i];
    const Stretch& right = stretches_[i + 1];
    stretches_[i / 2] = {.begin = left.begin,
                         .end = right.end,
                         .added = left.added + right.added,
                         .sum = SumOf(left.sum, right.sum)};
  }
  stretches_.resize(stretches_.size() / 2);
  added_each_ *= 2;
}

std::vector<PlotPoint> RateCurve::Points(int columns) const {
  std::vector<PlotPoint> points;
  if (stretches_.empty()) return points;
  const int64_t first = stretches_.front().begin;
  const int64_t steps = stretches_.back().end - first + 1;
  const int64_t window = std::max(kLeastWindow, (steps + columns - 1) / columns);
  Ratio sum;
  size_t oldest = 0;  // of the window
  for (const Stretch& newest : stretches_) {
    sum = SumOf(sum, newest.sum);
    for (; stretches_[oldest].end <= newest.end - window; ++oldest) {
      sum.part -= stretches_[oldest].sum.part;
      sum.whole -= stretches_[oldest].sum.whole;
    }
    const bool is_full = newest.end - first + 1 >= window;
    if (!is_full && &newest != &stretches_.back()) continue;
    points.push_back({.x = static_cast<double>(newest.end), .y = RateOf(sum)});
  }
  return points;
}

std::optional<double> RateCurve::last() const {
  if (stretches_.empty()) return std::nullopt;
  Ratio sum;
  const int64_t end = stretches_.back().end;
  for (size_t i = stretches_.size(); i > 0 && stretches_[i - 1].end > end - kLeastWindow; --i) {
    sum = SumOf(sum, stretches_[i - 1].sum);
  }
  return RateOf(sum);
}

}  // namespace electra::client
