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

// Waits for `pause`, or, if the server cannot be reached, only until it can be reached again, and
// then returns true. This is noticed within about a second, at the cost of a refused connection.
// For a server that is there and refuses calls, the whole pause passes.
bool AwaitReturn(Connection& connection, Environment& environment, absl::Duration pause);

}  // namespace electra::client
