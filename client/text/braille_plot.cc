#include "client/text/braille_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"

namespace electra::client {
namespace {

constexpr int kDotColumns = 2;  // of a cell
constexpr int kDotRows = 4;
constexpr int kLinesBelow = 2;  // the axis and its numbers
constexpr int kRowsPerNumber = 3;
constexpr int kNarrowest = 4;  // cells of curves: fewer are useless

struct Cell {
  unsigned char dots = 0;
  Style style = Style::kPlain;
};

// Dots of all series. The origin is on the left at the top.
class Canvas {
 public:
  Canvas(int columns, int rows)
      : columns_(columns), cells_(static_cast<size_t>(columns) * static_cast<size_t>(rows)) {}

  void Dot(int x, int y, Style style) {
    // Bits of U+2800 to U+28FF: dots 1 to 3 and 7 go down the left, 4 to 6 and 8 down the right.
    static constexpr unsigned char kBits[kDotRows][kDotColumns] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    Cell& cell = At(x / kDotColumns, y / kDotRows);
    cell.dots = static_cast<unsigned char>(cell.dots | kBits[y % kDotRows][x % kDotColumns]);
    cell.style = style;
  }

  // Bresenham's line, both ends included.
  void Line(int x, int y, int to_x, int to_y, Style style) {
    const int dx = std::abs(to_x - x);
    const int dy = -std::abs(to_y - y);
    const int step_x = x < to_x ? 1 : -1;
    const int step_y = y < to_y ? 1 : -1;
    for (int error = dx + dy;;) {
      Dot(x, y, style);
      if (x == to_x && y == to_y) return;
      const int twice = 2 * error;
      if (twice >= dy) {
        error += dy;
        x += step_x;
      }
      if (twice <= dx) {
        error += dx;
        y += step_y;
      }
    }
  }

  // Appends a row of cells, up to the last one with a dot.
  void AppendRow(int row, StyledText& line) const {
    int end = columns_;
    while (end > 0 && At(end - 1, row).dots == 0) --end;
    for (int column = 0; column < end; ++column) {
      const Cell& cell = At(column, row);
      if (cell.dots == 0) {
        line.Append(" ");
      } else {
        const char utf8[] = {'\xE2', static_cast<char>(0xA0 + (cell.dots >> 6)),
                             static_cast<char>(0x80 + (cell.dots & 0x3F))};
        line.Append({utf8, sizeof(utf8)}, cell.style);
      }
    }
  }

 private:
  Cell& At(int column, int row) {
    return cells_[static_cast<size_t>(row) * static_cast<size_t>(columns_) +
                  static_cast<size_t>(column)];
  }
  const Cell& At(int column, int row) const { return const_cast<Canvas*>(this)->At(column, row); }

  int columns_;
  std::vector<Cell> cells_;
};

// From the lowest to the highest coordinate of all points that can be shown.
std::optional<PlotRange> Extent(std::span<const Series> series, double PlotPoint::*coordinate) {
  std::optional<PlotRange> range;
  for (const Series& one : series) {
    for (const PlotPoint& point : one.points) {
      if (!std::isfinite(point.x) || !std::isfinite(point.y)) continue;
      const double value = point.*coordinate;
      if (!range) range = PlotRange{value, value};
      range->low = std::min(range->low, value);
      range->high = std::max(range->high, value);
    }
  }
  return range;
}

bool IsIn(const PlotRange& range, double value) {
  return std::isfinite(value) && value >= range.low && value <= range.high;
}

// The place of `value` between low (0) and high (1); in halves, so that no difference overflows.
double Share(const PlotRange& range, double value) {
  return (value / 2 - range.low / 2) / (range.high / 2 - range.low / 2);
}

double ValueAt(const PlotRange& range, double share) {
  return range.low * (1 - share) + range.high * share;
}

// With enough digits to distinguish neighbours on the axis.
std::string AxisNumber(const PlotRange& range, double value) {
  const double size = std::max(std::abs(range.low), std::abs(range.high));
  if (size == 0) return "0";
  double span = range.high / 2 - range.low / 2;  // half of it: the whole may overflow
  if (span == 0) span = size / 10;
  const int decimals = 1 - static_cast<int>(std::floor(std::log10(span)));
  if (decimals > 7 || size >= 1e7) {
    const int digits = 3 + static_cast<int>(std::ceil(std::log10(size) - std::log10(span)));
    return absl::StrFormat("%.*g", std::clamp(digits, 3, 17), value);
  }
  return absl::StrFormat("%.*f", std::clamp(decimals, 0, 7), value);
}

std::string Blanks(size_t count) { return std::string(count, ' '); }

// The text to the left of each row of curves; all of one width.
std::vector<std::string> ValueColumn(const PlotRange& range, int rows) {
  std::vector<std::string> column(static_cast<size_t>(rows));
  const auto place = [&](int row, double share) {
    column[static_cast<size_t>(row)] = AxisNumber(range, ValueAt(range, share));
  };
  if (range.low == range.high) {
    place((rows - 1) / 2, 0);
  } else {
    for (int row = 0; row < rows - 1; row += kRowsPerNumber) {
      if (row > 0 && rows - 1 - row < kRowsPerNumber - 1) break;
      place(row, rows > 1 ? 1 - static_cast<double>(row) / (rows - 1) : 1);
    }
    place(rows - 1, 0);
  }
  size_t width = 0;
  for (const std::string& text : column) width = std::max(width, text.size());
  for (std::string& text : column) text.insert(0, Blanks(width - text.size()));
  return column;
}

// The numbers below the axis: its ends, and the middle where there is room.
std::string NumbersBelow(const PlotRange& range, int columns) {
  const auto number = [](double x) {
    return x == std::floor(x) && std::abs(x) < 1e15 ? absl::StrFormat("%.0f", x)
                                                    : absl::StrFormat("%.4g", x);
  };
  const auto width = static_cast<size_t>(columns);
  std::string line = number(range.low);
  const std::string high = number(range.high);
  if (range.low == range.high || line.size() + high.size() + 1 > width) return line;
  const std::string middle = number(std::floor(ValueAt(range, 0.5)));
  const size_t middle_begin = width / 2 - std::min(width / 2, middle.size() / 2);
  if (line.size() + 2 <= middle_begin && middle_begin + middle.size() + 2 + high.size() <= width &&
      range.high - range.low >= 2) {
    line += Blanks(middle_begin - line.size()) + middle;
  }
  return line + Blanks(width - line.size() - high.size()) + high;
}

void Draw(const Series& series, const PlotRange& x_range, const PlotRange& y_range, int columns,
          int rows, Canvas& canvas) {
  const int last_x = columns * kDotColumns - 1;
  const int last_y = rows * kDotRows - 1;
  std::optional<std::pair<int, int>> before;
  for (const PlotPoint& point : series.points) {
    if (!IsIn(x_range, point.x) || !IsIn(y_range, point.y)) {
      before.reset();
      continue;
    }
    // A single x is on the left, a constant y in the middle.
    const double right = x_range.low == x_range.high ? 0 : Share(x_range, point.x);
    const double up = y_range.low == y_range.high ? 0.5 : Share(y_range, point.y);
    const int x = static_cast<int>(std::lround(right * last_x));
    const int y = last_y - static_cast<int>(std::lround(up * last_y));
    if (before) {
      canvas.Line(before->first, before->second, x, y, series.style);
    } else {
      canvas.Dot(x, y, series.style);
    }
    before = {x, y};
  }
}

}  // namespace

std::vector<StyledText> BraillePlot(std::span<const Series> series, const PlotOptions& options) {
  const std::optional<PlotRange> shown_x = Extent(series, &PlotPoint::x);
  const std::optional<PlotRange> shown_y = Extent(series, &PlotPoint::y);
  if (!shown_x || !shown_y) return {};
  const PlotRange x_range = options.x.value_or(*shown_x);
  const PlotRange y_range = options.y.value_or(*shown_y);
  const int rows = options.rows - kLinesBelow;
  if (rows < 1) return {};
  const std::vector<std::string> values = ValueColumn(y_range, rows);
  const int indent = static_cast<int>(values.front().size()) + 2;  // and " |"
  const int columns = options.columns - indent;
  if (columns < kNarrowest) return {};

  Canvas canvas(columns, rows);
  for (const Series& one : series) Draw(one, x_range, y_range, columns, rows, canvas);

  std::vector<StyledText> lines;
  for (int row = 0; row < rows; ++row) {
    StyledText line(values[static_cast<size_t>(row)] + " |", Style::kFaint);
    canvas.AppendRow(row, line);
    lines.push_back(std::move(line));
  }
  const std::string margin = Blanks(values.front().size() + 1);
  lines.emplace_back(margin + "+" + std::string(static_cast<size_t>(columns), '-'), Style::kFaint);
  lines.emplace_back(margin + " " + NumbersBelow(x_range, columns), Style::kFaint);
  return lines;
}

Style SeriesStyle(size_t index) {
  static constexpr std::array kStyles = {Style::kSeries1, Style::kSeries2, Style::kSeries3,
                                         Style::kSeries4, Style::kSeries5, Style::kSeries6};
  return kStyles[index % kStyles.size()];
}

}  // namespace electra::client
