// The caller of a method, and the caller's limits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/trace_parent.h"
#include "electra/v1/access.pb.h"
#include "server/base/log.h"
#include "server/store/token_rights.h"

namespace electra::server {

// Tells one call from another in logs (rpc/call_context.h).
struct CallContext {
  std::string request_id;
  std::optional<TraceParent> trace;  // none: the caller gave no valid one
};

// For the LogScope of the call's work.
std::vector<LogField> LogFieldsOf(const CallContext& call);

struct Caller {
  std::string token;  // public id, without "tokens/"; empty: the daemon needs none
  v1::Role role = v1::ROLE_UNSPECIFIED;
  TokenLimits limits = {};
  std::string peer;  // address
  CallContext call = {};
};

}  // namespace electra::server
