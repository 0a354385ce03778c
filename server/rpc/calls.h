// How every call is served: through the gate, on the executor, with its row in the audit.
//
//   return RunUnary(calls_, context, request, response, [=, this] { ... });
//
// Thread-safe.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/access/gate.h"
#include "server/access/refusal_log.h"
#include "server/base/executor.h"
#include "server/metrics/metrics.h"
#include "server/rpc/to_grpc_status.h"
#include "server/store/database.h"

namespace electra::server {

class Calls {
 public:
  using Work = std::function<absl::Status(const Caller&)>;

  // All must outlive this.
  Calls(Gate& gate, RefusalLog& refusals, Executor& executor, Database& database, Metrics& metrics)
      : gate_(gate),
        refusals_(refusals),
        executor_(executor),
        database_(database),
        metrics_(metrics) {}

  Executor& executor() { return executor_; }

  // May this call be made? `request` is the descriptor of its request. The answer's metadata will
  // tell the call's id.
  absl::StatusOr<Caller> Admit(grpc::CallbackServerContext& context,
                               const google::protobuf::Descriptor& request);
  absl::StatusOr<StreamPermit> AdmitStream(grpc::CallbackServerContext& context,
                                           const google::protobuf::Descriptor& request);

  // So many bytes of a stream that a client sends have come.
  void CountReceived(size_t bytes) { metrics_.AddUploadBytes(bytes); }

  // Runs the work of an admitted call: refused where the request names what is another's; audited
  // where it changes something. On the executor.
  absl::Status Run(const Caller& caller, const google::protobuf::Message& request,
                   const google::protobuf::Message& response, const Work& work);

 private:
  absl::Status RunAudited(const Caller& caller, const MethodPolicy& policy,
                          const std::string& resource, const google::protobuf::Message& response,
                          const Work& work);

  Gate& gate_;
  RefusalLog& refusals_;
  Executor& executor_;
  Database& database_;
  Metrics& metrics_;
};

// Runs `work`, which fills the response, and ends the call with its status.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* RunUnary(Calls& calls, grpc::CallbackServerContext* context,
                                   const Request* request, Response* response, Calls::Work work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<Caller> caller = calls.Admit(*context, *Request::descriptor());
  if (!caller.ok()) {
    reactor->Finish(ToGrpcStatus(caller.status()));
    return reactor;
  }
  const bool posted =
      calls.executor().TryPost([=, &calls, caller = *std::move(caller), work = std::move(work)] {
        reactor->Finish(ToGrpcStatus(calls.Run(caller, *request, *response, work)));
      });
  if (!posted) {
    reactor->Finish(
        ToGrpcStatus(absl::ResourceExhaustedError("the daemon has too many calls waiting")));
  }
  return reactor;
}

// For work that does not ask who calls.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* RunUnary(Calls& calls, grpc::CallbackServerContext* context,
                                   const Request* request, Response* response,
                                   std::function<absl::Status()> work) {
  return RunUnary(calls, context, request, response,
                  Calls::Work([work = std::move(work)](const Caller&) { return work(); }));
}

// A stream that ends before it begins. Deletes itself when gRPC is done with it.
template <typename Reactor>
class RefusedStream : public Reactor {
 public:
  explicit RefusedStream(const absl::Status& status) { this->Finish(ToGrpcStatus(status)); }

 private:
  void OnDone() override { delete this; }
};

template <typename Reactor>
Reactor* Refuse(const absl::Status& status) {
  return std::make_unique<RefusedStream<Reactor>>(status).release();
}

}  // namespace electra::server
