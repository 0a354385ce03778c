// The history of a value over the steps, in bounded memory: for a plot.
//
//   Curve loss;
//   loss.Add(step.step(), step.combined_loss());
//   Series series = {.points = loss.Points()};
//
// Up to 2,048 values are kept as they are; longer histories keep the lowest and the highest of each
// stretch of neighbouring steps, so that no peak is lost. Stretches grow with the history.
//
// Thread safety: a value. Ownership: owns its points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "client/text/braille_plot.h"

namespace electra::client {

class Curve {
 public:
  // A step that is not above the last one was run again: its value replaces the old ones from there
  // on. NaN values leave a gap.
  void Add(int64_t step, double value);
  // Forgets the values of later steps than `step`.
  void DropAfter(int64_t step);

  // In order of steps.
  std::vector<PlotPoint> Points() const;
  // The newest value, even a NaN.
  std::optional<double> last() const { return last_; }
  bool empty() const { return stretches_.empty(); }

 private:
  struct Stretch {
    int64_t begin = 0;  // the first step
    size_t steps = 0;
    PlotPoint low;  // both equal where there is one step, or where no value is a number
    PlotPoint high;
  };

  void Merge();

  std::vector<Stretch> stretches_;
  size_t steps_each_ = 1;
  std::optional<double> last_;
};

}  // namespace electra::client
