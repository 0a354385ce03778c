// Waiting for a server that was lost.
//
//   if (AwaitReturn(connection, environment, backoff.Next())) backoff.Reset();
//
// Thread safety: as the connection and the environment.
#pragma once

#include "absl/time/time.h"
#include "client/environment/environment.h"
#include "client/rpc/connection.h"

namespace electra::client {

// Waits for `pause`. Where the server cannot be reached, less: until it can be reached again, of
// which true is the answer. That is found out within about a second, at the cost of a refused
// connection. A server that is there and refuses calls gets the whole pause.
bool AwaitReturn(Connection& connection, Environment& environment, absl::Duration pause);

}  // namespace electra::client
