#include "client/text/table.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_split.h"
#include "client/text/bidi.h"

namespace electra::client {
namespace {

// Below this, a column becomes unreadable.
constexpr int kNarrowestColumn = 4;

int LongestWord(const std::string& heading) {
  int longest = 0;
  for (absl::string_view word : absl::StrSplit(heading, ' ')) {
    longest = std::max(longest, StyledText(std::string(word)).Width());
  }
  return longest;
}

// Takes `excess` from the widest columns that are above their least width; what could not be taken.
int Narrow(std::vector<int>& widths, const std::vector<int>& least, int excess) {
  for (; excess > 0; --excess) {
    std::optional<size_t> widest;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] <= least[i]) continue;
      if (!widest || widths[i] > widths[*widest]) widest = i;
    }
    if (!widest) break;
    --widths[*widest];
  }
  return excess;
}

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
    wrapped.push_back(options.overflow == Overflow::kWrap
                          ? cells[i].Wrap(widths[i])
                          : std::vector{cells[i].Truncated(widths[i], options.charset)});
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
  // No heading breaks within a word while another column has room to give.
  std::vector<int> at_first;
  std::vector<int> at_last;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const bool is_whole = column.fit == Fit::kWhole ||
                          (options.overflow == Overflow::kCut && column.align == Align::kRight);
    at_first.push_back(is_whole ? widths[i] : LongestWord(column.heading));
    at_last.push_back(is_whole ? widths[i] : kNarrowestColumn);
  }
  excess = Narrow(widths, at_first, excess);
  Narrow(widths, at_last, excess);
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
