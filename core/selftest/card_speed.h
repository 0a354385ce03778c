// The top speeds of cards, according to their makers.
//
// Pure functions.
#pragma once

#include <optional>
#include <string_view>

namespace electra::selftest {

// Floating-point operations a second of dense matrix products in 16 bits with sums in float32, by
// the datasheet of the card that the driver calls so; nothing where the table does not have it.
std::optional<double> DatasheetSpeed(std::string_view card);

}  // namespace electra::selftest
