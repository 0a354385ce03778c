// How a rank says who it is: "HOST\nDEVICE". Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/ranks/rendezvous.h"

namespace electra {

// Of this process.
std::string RankReportText(std::string_view device);

// Text from elsewhere is cut to what a name may be, and what is no printable ASCII in it becomes
// "?".
RankReport ParseRankReport(int64_t rank, std::string_view text, bool present);

}  // namespace electra
