// Why the server refused a page's question, in every language: the reader of a page chooses one, and
// another later.
//
// Thread safety: a pure function.
#pragma once

#include <grpcpp/support/status.h>

#include "client/rpc/connection.h"
#include "nlohmann/json.hpp"

namespace electra::client {

// {"en": "...", "ko": "..."}
nlohmann::json Refusal(const grpc::Status& status, const Reach& reach);

}  // namespace electra::client
