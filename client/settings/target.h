// Where a server is: HOST:PORT, [IPV6]:PORT or unix:PATH.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace electra::client {

// InvalidArgument, with the value, for anything else.
absl::Status CheckTarget(const std::string& target);

// True where the host of HOST:PORT is this machine's loopback, and for unix:PATH.
bool IsThisMachine(const std::string& server);

}  // namespace electra::client
