// The history of a rate over the steps, in bounded memory: for a plot.
//
//   RateCurve recall;
//   recall.Add(step.step(), {.part = caught, .whole = fakes});
//   Series series = {.points = recall.Points(2 * columns)};
//
// In a single batch a handful of tokens decides, and its rate flips between 0 and 1. A point is
// therefore a sum of parts over a sum of wholes: those of the steps of a window that ends there, as
// wide as a column of the plot and no less than kLeastWindow steps.
//
// Up to 2,048 ratios are kept as they are; in longer histories those of neighbouring steps are
// summed.
//
// Thread safety: a value. Ownership: owns its sums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "client/text/braille_plot.h"

namespace electra::client {

// part / whole; a whole of 0 says nothing.
struct Ratio {
  double part = 0;  // at most the whole
  double whole = 0;
};

class RateCurve {
 public:
  static constexpr int64_t kLeastWindow = 20;  // steps

  // A step that is not above the last one was run again: it takes the place of what was there from
  // it on, where neighbours were summed of some steps before it too. What is no ratio says nothing.
  void Add(int64_t step, Ratio ratio);
  // Forgets later steps than `step`, and those before it that were summed with them.
  void DropAfter(int64_t step);

  // In order of steps, from the first window that is full; where none is, one point of all there
  // is. `columns` is how many points the plot tells apart, above 0.
  std::vector<PlotPoint> Points(int columns) const;
  // Of the newest kLeastWindow steps; not a number where they say nothing.
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
