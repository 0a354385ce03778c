// The proxy on the way to a server, from the environment.
//
// grpc_proxy, https_proxy and http_proxy count, in this order, in lower case, and with the scheme
// http. no_grpc_proxy or no_proxy lists the exceptions: names and their endings, addresses,
// networks (10.0.0.0/8, fd00::/8), or * for all.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "client/settings/settings.h"

namespace electra::client {

// HOST:PORT without the user's name and password: what a message may show.
std::string ProxyAddress(const Proxy& proxy);

// Without a uri where the server is reached directly, as this machine always is.
Proxy ProxyFor(const std::string& server, const Variables& variable);

}  // namespace electra::client
