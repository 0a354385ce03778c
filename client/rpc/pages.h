// Lists that the server gives page by page.
//
//   grpc::Status status = ForEachPage<v1::ListTokensResponse>(
//       connection, v1::ListTokensRequest(), [&](const v1::ListTokensResponse& page) { ... });
//
// Thread safety: as the connection.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "client/rpc/connection.h"

namespace electra::client {

// Calls visit(response) for one page after the other, and stops at the first failure and where visit
// returns false. A server that names the same next page twice is not asked again.
template <typename Response, typename Request, typename Visit>
grpc::Status ForEachPage(Connection& connection, Request request, Visit visit) {
  while (true) {
    Response response;
    if (grpc::Status status = connection.Call(request, &response); !status.ok()) return status;
    const std::string next = response.next_page_token();
    if (!visit(response) || next.empty() || next == request.page_token()) return grpc::Status::OK;
    request.set_page_token(next);
  }
}

}  // namespace electra::client
