// Named curves as a picture with its title and legend.
//
// With colours, all curves share one plot; without, where nobody could distinguish them, each has
// its own, with the same axes.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/text/braille_plot.h"
#include "client/text/styled_text.h"

namespace electra::client {

struct NamedCurve {
  std::string name;
  std::vector<PlotPoint> points;
};

struct CurvesOptions {
  int width = 80;
  int rows = 12;  // of a picture with one or all curves
  ColorMode color = ColorMode::kOff;
};

// Lines that end with a newline; empty if no curve has a point.
std::string RenderCurves(std::string_view title, const std::vector<NamedCurve>& curves,
                         const CurvesOptions& options);

}  // namespace electra::client
