// A row of a terminal, built from its left to its right.
//
//   Row row(79, color);
//   row.Add("books", Style::kStrong);
//   row.AddPart(" · ", "step 12/60");   // only where it fits as a whole
//
// Thread safety: a value.
#pragma once

#include <string>
#include <string_view>

#include "client/text/styled_text.h"

namespace electra::client {

class Row {
 public:
  Row(int columns, ColorMode color) : columns_(columns), color_(color) {}

  // Cut off where the row ends.
  void Add(const StyledText& text);
  // False if there is no room for both; then adds nothing. The first part of a row has no
  // separator.
  bool AddPart(std::string_view separator, const StyledText& text);
  // Blanks up to this column, if the row is shorter.
  void PadTo(int column);

  int width() const { return width_; }
  const std::string& text() const { return text_; }

 private:
  int columns_;
  ColorMode color_;
  int width_ = 0;
  std::string text_;
};

// "⣿⣿⣿⡇⣀⣀": `share`, from 0 to 1, of `cells`.
std::string ProgressBar(double share, int cells);

}  // namespace electra::client
