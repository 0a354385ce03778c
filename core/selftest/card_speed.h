// The top speeds of cards, according to their makers.
//
// Pure functions.
#pragma once

#include <optional>
#include <string_view>

namespace electra::selftest {

// Floating-point operations a second of dense matrix products in 16 bits with sums in float32, by
// the datasheet of the card with this name in the driver; nothing where the table lacks it.
std::optional<double> DatasheetSpeed(std::string_view card);

}  // namespace electra::selftest
