// The details of a failed call besides its text: google.rpc.ErrorInfo and BadRequest, if they are
// there and well-formed.
//
// Thread safety: pure functions.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "core/base/message.h"

namespace electra::client {

// The server's sentence, with its code and values. A status without a text has its reason for one.
Message ServerMessage(const grpc::Status& status);

// One field that the server objects to.
struct FieldProblem {
  std::string field;  // "hyperparameters.learning_rate"; empty: the whole
  Message description;
};
std::vector<FieldProblem> FieldProblems(const grpc::Status& status);

}  // namespace electra::client
