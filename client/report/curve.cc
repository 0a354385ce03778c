#include "client/report/curve.h"

#include <algorithm>
#include <cmath>

namespace electra::client {

Curve::Curve(int64_t last_step, int64_t stretches)
    : steps_of_stretch_(std::max<int64_t>(1, (last_step + stretches - 1) / stretches)) {}

void Curve::Add(int64_t step, double value) {
  if (!std::isfinite(value)) return;
  const Point point{step, value};
  const int64_t index = step / steps_of_stretch_;
  if (stretches_.empty() || stretches_.back().index != index) {
    stretches_.push_back({.index = index, .lowest = point, .highest = point});
    return;
  }
  Stretch& stretch = stretches_.back();
  if (value < stretch.lowest.second) stretch.lowest = point;
  if (value > stretch.highest.second) stretch.highest = point;
}

void Curve::Append(const Stretch& stretch, std::vector<Point>* points) {
  points->push_back(std::min(stretch.lowest, stretch.highest));  // by step
  if (stretch.lowest.first != stretch.highest.first) {
    points->push_back(std::max(stretch.lowest, stretch.highest));
  }
}

std::vector<Curve::Point> Curve::Points() const {
  std::vector<Point> points;
  for (const Stretch& stretch : stretches_) Append(stretch, &points);
  return points;
}

}  // namespace electra::client
