// How many calls gRPC holds on connections to the servers of this process, those too whose message
// has not come and that no part of the daemon sees. From channelz, gRPC's own accounts, which a
// server keeps that was built with GRPC_ARG_ENABLE_CHANNELZ.
//
// Free function without state.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "server/rpc/connection_table.h"

namespace electra::server {

// Peers that have no connection are left out.
std::map<PeerAddress, int64_t> CountOpenCalls(const std::set<PeerAddress>& peers);

}  // namespace electra::server
