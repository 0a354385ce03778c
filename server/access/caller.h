// Who makes a call, and within which limits.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/trace_parent.h"
#include "electra/v1/access.pb.h"

namespace electra::server {

struct TokenLimits {
  int64_t queued_jobs = 100;
  int64_t stored_bytes = int64_t{100} << 30;
  int64_t requests_per_second = 50;
  int64_t streams = 32;
};

inline constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

// What tells one call from another in logs (see call_context.h).
struct CallContext {
  std::string request_id;
  std::optional<TraceParent> trace;  // none: the caller gave none that is valid
};

struct Caller {
  std::string token;  // public id, without "tokens/"; empty: the daemon demands none
  v1::Role role = v1::ROLE_UNSPECIFIED;
  TokenLimits limits = {};
  std::string peer;  // address
  CallContext call = {};
};

// "viewer"; ROLE_UNSPECIFIED for a name that is none.
std::string_view RoleName(v1::Role role);
v1::Role ParseRole(std::string_view name);

}  // namespace electra::server
