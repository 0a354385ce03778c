// One FetchModel call: a model on its way from the hub, its progress to the client.
//
// gRPC owns the stream by its own rules: it deletes itself when the call is over.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>

#include "electra/v1/model.pb.h"
#include "server/access/gate.h"
#include "server/base/executor.h"
#include "server/hub/shared_downloads.h"
#include "server/rpc/calls.h"

namespace electra::server {

// Fetches and stores, and fills the model.
using FetchWork =
    std::function<absl::Status(const Caller& caller, const FetchObserver& observer, v1::Model*)>;

// `work` runs on `executor`. Both and `calls` must outlive the stream.
grpc::ServerWriteReactor<v1::FetchModelResponse>* StartFetchStream(
    Calls& calls, Executor& executor, StreamPermit permit, grpc::CallbackServerContext& context,
    const v1::FetchModelRequest& request, FetchWork work);

}  // namespace electra::server
