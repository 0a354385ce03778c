// What tells one call from another in logs: an id, and the trace that it is part of.
//
// A caller may give its own id as metadata `x-request-id`; it is told in the answer's metadata by
// the same name either way. `traceparent` is W3C's (https://www.w3.org/TR/trace-context/).
//
// Free functions without state.
#pragma once

#include <grpcpp/server_context.h>

#include <string_view>

#include "server/access/caller.h"

namespace electra {

inline constexpr char kRequestIdHeader[] = "x-request-id";

// With a request_id of its own where the caller gave none.
CallContext CallContextOf(const grpc::ServerContextBase& context);

// Fills trace_id and span_id from a header's value, where it is valid.
void ParseTraceParent(std::string_view header, CallContext* context);

}  // namespace electra
