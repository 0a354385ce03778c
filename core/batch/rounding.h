// How many samples or tokens a share of them amounts to.
#pragma once

#include <cmath>
#include <cstdint>

namespace electra {

// The smallest whole number that is not below `share`, apart from rounding errors: 0.15 x 20 may
// come out a hair above 3, and must not become 4.
inline int64_t RoundUp(double share) { return static_cast<int64_t>(std::ceil(share - 1e-9)); }

}  // namespace electra
