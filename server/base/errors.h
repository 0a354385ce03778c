// Errors with details in the form of AIP-193: a reason for programs, and the fields of a request
// that are wrong. Pure functions.
//
//   return WithReason(absl::UnauthenticatedError("..."), "TOKEN_EXPIRED", {{"token", name}});
//
// The details travel in the status itself and reach the client with it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace electra::server {

// Keys of the details in a status: type URLs of google.rpc.ErrorInfo and google.rpc.BadRequest,
// serialized.
inline constexpr char kErrorInfoType[] = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr char kBadRequestType[] = "type.googleapis.com/google.rpc.BadRequest";

// Names the case for programs: "TOKEN_EXPIRED".
absl::Status WithReason(absl::Status status, const std::string& reason,
                        const std::vector<std::pair<std::string, std::string>>& metadata = {});

// The reason of WithReason, else the code's name.
std::string ReasonOf(const absl::Status& status);

struct FieldViolation {
  std::string field;        // path within the request: "hyperparameters.learning_rate"
  std::string description;  // a sentence with the value and the accepted ones
};

// InvalidArgument whose details list every violation; its message is the first one's.
absl::Status FieldViolations(const std::vector<FieldViolation>& violations);

// The google.rpc.ErrorInfo of any status that is an error, serialized: reason as ReasonOf, domain
// "electra".
std::string ErrorInfoOf(const absl::Status& status);

}  // namespace electra::server
