#include "client/render/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "client/render/bidi.h"

namespace electra::client {
namespace {

// Below this a column is no longer read but spelled.
constexpr int kNarrowestColumn = 4;

std::string Blanks(int count) { return std::string(static_cast<size_t>(std::max(count, 0)), ' '); }

std::string Padded(const StyledText& cell, int width, Align align, ColorMode color) {
  const int room = std::max(width - cell.Width(), 0);
  const int left = align == Align::kRight ? room : align == Align::kCenter ? room / 2 : 0;
  return Blanks(left) + Isolated(cell, color) + Blanks(room - left);
}

void AppendLine(std::string line, std::string& out) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

void AppendRow(const std::vector<StyledText>& cells, const std::vector<Column>& columns,
               const std::vector<int>& widths, const TableOptions& options, std::string& out) {
  std::vector<std::vector<StyledText>> wrapped;
  size_t height = 1;
  for (size_t i = 0; i < columns.size(); ++i) {
    wrapped.push_back(cells[i].Wrap(widths[i]));
    height = std::max(height, wrapped.back().size());
  }
  for (size_t line = 0; line < height; ++line) {
    std::string text;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += options.separator;
      const StyledText part = line < wrapped[i].size() ? wrapped[i][line] : StyledText();
      text += Padded(part, widths[i], columns[i].align, options.color);
    }
    AppendLine(std::move(text), out);
  }
}

void AppendRule(const std::vector<int>& widths, const TableOptions& options, std::string& out) {
  std::string joint = options.separator;
  for (char& c : joint) c = c == '|' ? '+' : '-';
  std::string text;
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) text += joint;
    text += std::string(static_cast<size_t>(widths[i]), '-');
  }
  AppendLine(std::move(text), out);
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::AddRow(std::vector<StyledText> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::ColumnWidths(const TableOptions& options) const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = StyledText(columns_[i].heading).Width();
    for (const auto& row : rows_) width = std::max(width, row[i].Width());
    widths.push_back(width);
  }
  if (options.width <= 0 || widths.empty()) return widths;
  const int separators =
      static_cast<int>(options.separator.size()) * (static_cast<int>(widths.size()) - 1);
  int excess = std::accumulate(widths.begin(), widths.end(), separators) - options.width;
  while (excess > 0) {
    auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowestColumn) break;
    --*widest;
    --excess;
  }
  return widths;
}

std::string Table::Render(const TableOptions& options) const {
  const std::vector<int> widths = ColumnWidths(options);
  std::vector<StyledText> headings;
  for (const Column& column : columns_) headings.emplace_back(column.heading, Style::kStrong);
  std::string out;
  AppendRow(headings, columns_, widths, options, out);
  if (options.rule == Rule::kUnderHeading) AppendRule(widths, options, out);
  for (const auto& row : rows_) AppendRow(row, columns_, widths, options, out);
  return out;
}

}  // namespace electra::client
