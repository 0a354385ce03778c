// What a gRPC call says about itself: its caller, its id, and its trace.
//
// A caller may give its own id as metadata `x-request-id`; the answer's metadata has the id under
// the same name either way. Its trace comes from `traceparent` (core/base/trace_parent.h).
//
// Free functions without state.
#pragma once

#include <grpcpp/server_context.h>

#include "server/access/caller.h"
#include "server/access/gate.h"

namespace electra::server {

inline constexpr char kRequestIdHeader[] = "x-request-id";

// With a request_id of its own where the caller gave none.
CallContext CallContextOf(const grpc::ServerContextBase& context);

// For the gate.
Credentials CredentialsOf(const grpc::CallbackServerContext& context);

}  // namespace electra::server
