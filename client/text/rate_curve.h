// The history of a rate over the steps, in bounded memory: for a plot.
//
//   RateCurve recall;
//   recall.Add(step.step(), {.part = caught, .whole = fakes});
//   Series series = {.points = recall.Points(2 * columns)};
//
// In a single batch, a handful of tokens decides, and the rate flips between 0 and 1. A point is
// therefore a sum of parts over a sum of wholes, over a window of steps that ends there, as wide as
// a column of the plot and at least kLeastWindow steps.
//
// Up to 2,048 ratios are kept as they are; longer histories sum up neighbouring steps.
//
// Thread safety: a value. Ownership: owns its sums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "client/text/braille_plot.h"

namespace electra::client {

// part / whole; undefined where whole is 0.
struct Ratio {
  double part = 0;  // at most the whole
  double whole = 0;
};

class RateCurve {
 public:
  static constexpr int64_t kLeastWindow = 20;  // steps

  // A step that is not above the last one was run again: it replaces the steps from there on, and
  // earlier ones that were summed with them. An invalid ratio counts as undefined.
  void Add(int64_t step, Ratio ratio);
  // Forgets later steps than `step`, and earlier ones that were summed with them.
  void DropAfter(int64_t step);

  // In order of steps, from the first full window; without one, a single point for all steps.
  // `columns` is how many points the plot can distinguish, above 0.
  std::vector<PlotPoint> Points(int columns) const;
  // The rate of the newest kLeastWindow steps; NaN where it is undefined.
  std::optional<double> last() const;
  bool empty() const { return stretches_.empty(); }

 private:
  struct Stretch {
    int64_t begin = 0;  // its first step
    int64_t end = 0;    // its last
    size_t added = 0;
    Ratio sum;
  };

  void Merge();

  std::vector<Stretch> stretches_;
  size_t added_each_ = 1;
};

}  // namespace electra::client
