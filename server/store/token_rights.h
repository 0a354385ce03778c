// What a token may do: its role and its limits. Pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "electra/v1/access.pb.h"

namespace electra::server {

struct TokenLimits {
  int64_t queued_jobs = 100;
  int64_t stored_bytes = int64_t{100} << 30;
  int64_t requests_per_second = 50;
  int64_t streams = 32;
};

inline constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
inline constexpr TokenLimits kNoLimits = {.queued_jobs = kNoLimit,
                                          .stored_bytes = kNoLimit,
                                          .requests_per_second = kNoLimit,
                                          .streams = kNoLimit};

// "viewer"; ROLE_UNSPECIFIED for an unknown name.
std::string_view RoleName(v1::Role role);
v1::Role ParseRole(std::string_view name);

}  // namespace electra::server
