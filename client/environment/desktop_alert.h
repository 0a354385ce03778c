// Calls a person back to the terminal: its bell, and a desktop notification by the escape sequence
// that the terminal knows. Nothing where no output is a terminal.
//
// Free function without state.
#pragma once

#include <string_view>

#include "client/environment/environment.h"

namespace electra::client {

// `text` has no characters upon which a terminal acts.
void AlertDesktop(const Environment& environment, std::string_view text);

}  // namespace electra::client
