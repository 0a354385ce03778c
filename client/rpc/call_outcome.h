// The result of calls whose answers are processed on this side.
//
// Thread safety: a value.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace electra::client {

struct CallOutcome {
  absl::Status local;                // of this side; no call followed a failure
  grpc::Status remote;               // of the calls, where `local` is OK
  std::vector<std::string> details;  // lines under the sentence of a failure
  bool ok() const { return local.ok() && remote.ok(); }
};

}  // namespace electra::client
