// How a rank identifies itself: "HOST\nDEVICE". Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/ranks/rendezvous.h"

namespace electra {

// The text of this process.
std::string RankReportText(std::string_view device);

// Foreign text is cut to the length of a name, and all but printable ASCII becomes "?".
RankReport ParseRankReport(int64_t rank, std::string_view text, bool present);

}  // namespace electra
