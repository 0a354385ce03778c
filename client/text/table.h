// A table whose columns line up in cells of the terminal, not in bytes or characters.
//
//   Table table({{.heading = "문장 위치", .align = Align::kRight}, {.heading = "실제 토큰"}});
//   table.AddRow({"6", "웹"});
//   out << table.Render({.width = 80, .separator = " | ", .rule = Rule::kUnderHeading});
//
// Cells that do not fit into the width wrap inside their column or are cut off, the widest column
// first. A column that is to stay whole keeps its width, whatever the terminal's.
//
// Thread safety: a value. Ownership: owns its cells.
#pragma once

#include <string>
#include <vector>

#include "client/text/styled_text.h"

namespace electra::client {

enum class Align { kLeft, kRight, kCenter };
enum class Rule { kNone, kUnderHeading };
enum class Overflow { kWrap, kCut };
enum class Fit { kAsRoomAllows, kWhole };

struct Column {
  std::string heading;
  Align align = Align::kLeft;
  Fit fit = Fit::kAsRoomAllows;
};

struct TableOptions {
  int width = 0;  // 0: no limit
  ColorMode color = ColorMode::kOff;
  std::string separator = "  ";  // ASCII; a rule draws '|' as '+' and everything else as '-'
  Rule rule = Rule::kNone;
  Overflow overflow = Overflow::kWrap;  // kCut: not of numbers, which are on the right
  Charset charset = Charset::kUtf8;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // `cells` has as many entries as there are columns; missing ones are empty, others are dropped.
  void AddRow(std::vector<StyledText> cells);

  bool empty() const { return rows_.empty(); }

  // Heading and rows, each line ended by a newline and without blanks at its end.
  std::string Render(const TableOptions& options) const;

 private:
  std::vector<int> ColumnWidths(const TableOptions& options) const;

  std::vector<Column> columns_;
  std::vector<std::vector<StyledText>> rows_;
};

}  // namespace electra::client
