// One DownloadModel call: the files of a model on their way to the client.
//
// gRPC owns the stream by its own rules: it deletes itself when the call is over.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "electra/v1/model.pb.h"
#include "server/access/gate.h"
#include "server/base/data_dir.h"
#include "server/rpc/calls.h"
#include "server/store/database.h"

namespace electra::server {

// `slot` is its place among the downloads that are served at once. All references must outlive the
// stream.
grpc::ServerWriteReactor<v1::DownloadModelResponse>* StartDownloadStream(
    Calls& calls, StreamPermit permit, std::shared_ptr<const void> slot, Database& database,
    const DataDir& data_dir, const v1::DownloadModelRequest& request);

}  // namespace electra::server
