// How many calls gRPC holds on connections to the servers of this process, including ones whose
// message has not arrived and that no part of the daemon sees. From channelz, gRPC's own
// accounting, in servers built with GRPC_ARG_ENABLE_CHANNELZ.
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
