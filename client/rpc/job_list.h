// The jobs that the server lists, page by page.
//
// Thread safety: one call at a time for each connection. Ownership: borrows everything for the
// call.
#pragma once

#include <grpcpp/support/status.h>

#include <cstdint>
#include <functional>
#include <string>

#include "client/rpc/connection.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

// Visits the first `limit` jobs that `request` asks for.
grpc::Status ForEachListedJob(Connection& connection, v1::ListJobsRequest request, int64_t limit,
                              const std::function<void(const v1::Job&)>& visit);

// `text` as a value in a filter, quoted, whatever it contains.
std::string FilterValue(const std::string& text);

}  // namespace electra::client
