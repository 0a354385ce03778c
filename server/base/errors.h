// Errors with details in the form of AIP-193: a reason and values for programs, and the fields of a
// request that are wrong. Pure functions.
//
//   return UnauthenticatedError("TOKEN_EXPIRED", "token {token} has expired", name);
//
// The details travel in the status itself and reach the client with it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "core/base/message.h"

namespace electra::server {

// Key of a detail in a status: the type URL of google.rpc.BadRequest, serialized.
inline constexpr char kBadRequestType[] = "type.googleapis.com/google.rpc.BadRequest";

// The code of the status's message, else the status code's name.
std::string ReasonOf(const absl::Status& status);

// Internal: "PATH: ERROR".
absl::Status FileError(const std::filesystem::path& path, const std::error_code& error);

// Why a call or a job ends with the daemon.
Message ShuttingDown();

// Cancelled: nobody waits for the answer any more.
absl::Status ClientIsGone();

struct FieldViolation {
  std::string field;    // path within the request: "hyperparameters.learning_rate"
  Message description;  // a sentence with the value and the accepted ones
};

// "note has 5000 bytes: at most 4096 are accepted", for any such field.
Message TooManyBytes(const MessageValue& what, size_t bytes, size_t limit);

// InvalidArgument whose details list the violations. Its message, with its code and values, is the
// first one's; of the others, numbered from 1, it has "violations.N.code" and
// "violations.N.PLACE".
absl::Status FieldViolations(const std::vector<FieldViolation>& violations);

// The google.rpc.ErrorInfo of any status that is an error, serialized: reason as ReasonOf, domain
// "electra", metadata the message's values. A long value is cut. If there is not enough room,
// leaves out violations from the last, then the values of messages within the message, then all.
std::string ErrorInfoOf(const absl::Status& status);

}  // namespace electra::server
