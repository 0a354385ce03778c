// Right-to-left text in rows that hold more than it.
//
// A terminal that reorders right-to-left text does so for the whole line: words of one column end
// up in another. Inside a Unicode isolate, the text is reordered separately and stays in its place.
// Terminals that do not reorder do not show the isolates.
//
//   row += Isolated(cell, color);
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "client/text/styled_text.h"

namespace electra::client {

bool HasRightToLeft(std::string_view text);

// `text` as Render() makes it, in an isolate where something of it is right-to-left.
std::string Isolated(const StyledText& text, ColorMode color);

}  // namespace electra::client
