#include "client/text/curves.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace electra::client {
namespace {

// Beyond this a line of numbers and dots is only longer, not clearer.
constexpr int kWidest = 160;

std::string Lines(const std::vector<StyledText>& lines, ColorMode color) {
  std::string out;
  for (const StyledText& line : lines) out += line.Render(color) + "\n";
  return out;
}

PlotRange Joined(const std::optional<PlotRange>& range, double value) {
  if (!range) return {value, value};
  return {std::min(range->low, value), std::max(range->high, value)};
}

}  // namespace

std::string RenderCurves(std::string_view title, const std::vector<NamedCurve>& curves,
                         const CurvesOptions& options) {
  std::vector<Series> series;
  PlotOptions plot{.columns = std::min(options.width, kWidest), .rows = options.rows};
  StyledText legend(title, Style::kStrong);
  for (size_t i = 0; i < curves.size(); ++i) {
    series.push_back({.points = curves[i].points, .style = SeriesStyle(i)});
    legend.Append("  ");
    legend.Append(curves[i].name, SeriesStyle(i));
    for (const PlotPoint& point : curves[i].points) {
      if (!std::isfinite(point.x) || !std::isfinite(point.y)) continue;
      plot.x = Joined(plot.x, point.x);
      plot.y = Joined(plot.y, point.y);
    }
  }
  if (!plot.x) return "";
  if (options.color == ColorMode::kOn) {
    return Lines(legend.Wrap(options.width), options.color) +
           Lines(BraillePlot(series, plot), options.color);
  }
  std::string out;
  for (size_t i = 0; i < curves.size(); ++i) {
    const std::vector<StyledText> picture = BraillePlot({&series[i], 1}, plot);
    if (picture.empty()) continue;
    StyledText heading(title);
    heading.Append("  ");
    heading.Append(curves[i].name);
    out += Lines(heading.Wrap(options.width), options.color) + Lines(picture, options.color);
  }
  return out;
}

}  // namespace electra::client
