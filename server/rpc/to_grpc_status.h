// Errors at the edge of the service: absl::Status to grpc::Status, with details in the form of
// AIP-193. A pure function.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace electra::server {

// The one mapping. The message stays; details are a google.rpc.ErrorInfo (reason and values: see
// ErrorInfoOf) and, where FieldViolations made the status, a google.rpc.BadRequest.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace electra::server
