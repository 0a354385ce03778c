// A curve of bounded size: of each stretch of steps the lowest and the highest value, in the order
// in which they came, so that no peak is lost.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace electra::client {

class Curve {
 public:
  using Point = std::pair<int64_t, double>;  // step, value

  // At most about two points a stretch come out, for steps up to `last_step`.
  explicit Curve(int64_t last_step, int64_t stretches = 1000);

  // In order of steps. What is no finite number is left out.
  void Add(int64_t step, double value);

  std::vector<Point> Points() const;

 private:
  struct Stretch {
    int64_t index = 0;
    Point lowest;
    Point highest;
  };
  static void Append(const Stretch& stretch, std::vector<Point>* points);

  int64_t steps_of_stretch_;
  std::vector<Stretch> stretches_;
};

}  // namespace electra::client
