// A server on this machine that may be starting.
//
// Not thread-safe. Ownership: borrows everything for the call.
#pragma once

#include <grpcpp/support/status.h>

#include <functional>

#include "client/environment/environment.h"
#include "client/i18n/labels.h"
#include "client/rpc/connection.h"

namespace electra::client {

// Returns the result of `call`. If nothing listens at an address of this machine, calls again, for
// ten seconds, and tells the user why it takes so long.
grpc::Status AwaitServer(Environment& environment, const Connection& connection, Language language,
                         const std::function<grpc::Status()>& call);

}  // namespace electra::client
