// Curves drawn in braille: a cell of the terminal is a grid of 2 x 4 dots.
//
//   const Series loss = {.points = {{1, 10.2}, {2, 9.7}, {3, 8.8}}, .style = SeriesStyle(0)};
//   for (const StyledText& line : BraillePlot({&loss, 1}, {.columns = 60, .rows = 12})) {
//     out << line.Render(color) << "\n";
//   }
//
// Values are on the left, x below. Successive points are joined, so that where many share a column
// of dots, the lowest and the highest of them are visible.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "client/text/styled_text.h"

namespace electra::client {

struct PlotPoint {
  double x = 0;
  double y = 0;  // not finite: the curve has a gap here
};

struct Series {
  std::vector<PlotPoint> points;  // in order of x
  Style style = Style::kPlain;
};

struct PlotRange {
  double low = 0;
  double high = 0;
};

// How many points next to each other a cell can show.
inline constexpr int kDotsInCell = 2;

struct PlotOptions {
  int columns = 80;  // of the whole picture: values, axis and curves
  int rows = 12;     // with the two lines below the curves
  // By default: from the lowest to the highest of all series. Points outside leave a gap.
  std::optional<PlotRange> x;
  std::optional<PlotRange> y;
};

// Exactly `rows` lines of at most `columns` cells, without blanks at their ends. None where there
// is no point to show or no room for a curve. A cell that several series touch has the style of the
// last of them.
std::vector<StyledText> BraillePlot(std::span<const Series> series, const PlotOptions& options);

// Styles that are told apart, for the first, second, ... series; begins again after the sixth.
Style SeriesStyle(size_t index);

}  // namespace electra::client
