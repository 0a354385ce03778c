// How many samples or tokens a share of them is.
#pragma once

#include <cmath>
#include <cstdint>

namespace electra {

// The smallest whole number that is not below `share`, but for what arithmetic adds: 0.15 x 20 may
// come out a hair above 3, and one more than asked for is not what rounding up means.
inline int64_t RoundUp(double share) { return static_cast<int64_t>(std::ceil(share - 1e-9)); }

}  // namespace electra
