// Jobs side by side, as the page of jobs shows them.
//
// Thread safety: as the connection. Ownership: borrows everything for the call.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "client/rpc/connection.h"
#include "nlohmann/json.hpp"

namespace electra::client {

// {"runs": [...], "curves": {"A": [[step, combined loss], ...]}, "settings": [[name, [value, ...]]]}:
// only the settings that differ. `jobs`: "jobs/{id}".
grpc::Status CompareJobs(Connection& connection, const std::vector<std::string>& jobs,
                         nlohmann::json* comparison);

}  // namespace electra::client
