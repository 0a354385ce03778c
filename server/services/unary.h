// A unary call whose work runs on the executor.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>

#include "absl/status/status.h"
#include "server/executor.h"
#include "server/to_grpc_status.h"

namespace electra {

// Runs `work`, which fills the response, and ends the call with its status.
inline grpc::ServerUnaryReactor* RunUnary(Executor& executor, grpc::CallbackServerContext* context,
                                          std::function<absl::Status()> work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool posted = executor.TryPost(
      [reactor, work = std::move(work)] { reactor->Finish(ToGrpcStatus(work())); });
  if (!posted) {
    reactor->Finish(
        ToGrpcStatus(absl::ResourceExhaustedError("the daemon has too many calls waiting")));
  }
  return reactor;
}

}  // namespace electra
