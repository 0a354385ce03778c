// Errors at the edge of the service: absl::Status to grpc::Status, with details in the form of
// AIP-193.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace electra::server {

// The one mapping. The message stays; details are a google.rpc.ErrorInfo (reason: that of
// WithReason, else the code's name; domain "electra") and, where FieldViolations made the status, a
// google.rpc.BadRequest.
grpc::Status ToGrpcStatus(const absl::Status& status);

// Names the case for programs: "TOKEN_EXPIRED".
absl::Status WithReason(absl::Status status, const std::string& reason,
                        const std::vector<std::pair<std::string, std::string>>& metadata = {});

// The reason of WithReason, else the code's name.
std::string ReasonOf(const absl::Status& status);

struct FieldViolation {
  std::string field;        // path within the request: "hyperparameters.learning_rate"
  std::string description;  // a sentence with the value and what is accepted
};

// InvalidArgument whose details list every violation; its message is the first one's.
absl::Status FieldViolations(const std::vector<FieldViolation>& violations);

}  // namespace electra::server
