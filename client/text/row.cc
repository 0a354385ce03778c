#include "client/text/row.h"

#include <algorithm>
#include <cmath>

#include "client/text/bidi.h"

namespace electra::client {

void Row::Add(const StyledText& text) {
  const StyledText cut = text.Truncated(columns_ - width_);
  text_ += Isolated(cut, color_);
  width_ += cut.Width();
}

bool Row::AddPart(std::string_view separator, const StyledText& text) {
  StyledText part;
  if (width_ > 0) part.Append(separator);
  if (width_ + part.Width() + text.Width() > columns_) return false;
  Add(part);
  Add(text);
  return true;
}

void Row::PadTo(int column) {
  const int blanks = std::clamp(column - width_, 0, columns_ - width_);
  text_.append(static_cast<size_t>(blanks), ' ');
  width_ += blanks;
}

std::string ProgressBar(double share, int cells) {
  const double full = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const int halves = static_cast<int>(full * cells * 2);
  std::string bar;
  for (int cell = 0; cell < cells; ++cell) {
    bar += halves >= 2 * cell + 2 ? "⣿" : halves == 2 * cell + 1 ? "⣇" : "⣀";
  }
  return bar;
}

}  // namespace electra::client
