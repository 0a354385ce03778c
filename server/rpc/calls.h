// How every call is served: through the gate, on an executor, with its row in the audit.
//
//   return RunUnary(calls_, context, request, response, [=, this] { ... });
//   return RunUnary(calls_, context, request, response, [=, this] { ... }, Length::kLong);
//
// A call that is cancelled while it waits for a thread ends at once.
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

// How long a call's work takes. Short work reads or writes rows; long work reads, writes, removes
// or counts files of any size.
enum class Length { kShort, kLong };

class Calls {
 public:
  using Work = std::function<absl::Status(const Caller&)>;

  // All must outlive this.
  Calls(Gate& gate, RefusalLog& refusals, Executor& short_work, Executor& long_work,
        Database& database, Metrics& metrics)
      : gate_(gate),
        refusals_(refusals),
        short_work_(short_work),
        long_work_(long_work),
        database_(database),
        metrics_(metrics) {}

  Executor& executor(Length length) { return length == Length::kShort ? short_work_ : long_work_; }

  // Whether this call is allowed. `request` is the descriptor of its request. The answer's metadata
  // will contain the call's id.
  absl::StatusOr<Caller> Admit(grpc::CallbackServerContext& context,
                               const google::protobuf::Descriptor& request);
  absl::StatusOr<StreamPermit> AdmitStream(grpc::CallbackServerContext& context,
                                           const google::protobuf::Descriptor& request);

  // This many bytes of a client's stream were received.
  void CountReceived(size_t bytes) { metrics_.AddUploadBytes(bytes); }

  // Runs the work of an admitted call, audited where it changes something. Call it on an executor.
  absl::Status Run(const Caller& caller, const google::protobuf::Message& request,
                   const google::protobuf::Message& response, const Work& work);

 private:
  absl::Status RunAudited(const Caller& caller, const MethodPolicy& policy,
                          const std::string& resource, const google::protobuf::Message& response,
                          const Work& work);

  Gate& gate_;
  RefusalLog& refusals_;
  Executor& short_work_;
  Executor& long_work_;
  Database& database_;
  Metrics& metrics_;
};

// Ends a call with the status of its work. Deletes itself when gRPC is done with it.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(Executor& executor, const Caller& caller) : call_(executor, caller.token) {}

  void Start(std::function<absl::Status()> work);

 private:
  void OnCancel() override;
  void OnDone() override { delete this; }

  Executor::Call call_;
};

// Runs `work`, which fills the response, and ends the call with its status.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* RunUnary(Calls& calls, grpc::CallbackServerContext* context,
                                   const Request* request, Response* response, Calls::Work work,
                                   Length length = Length::kShort) {
  absl::StatusOr<Caller> caller = calls.Admit(*context, *Request::descriptor());
  if (!caller.ok()) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(caller.status()));
    return reactor;
  }
  // Owned by gRPC, which calls OnDone at the end.
  UnaryCall* call = std::make_unique<UnaryCall>(calls.executor(length), *caller).release();
  call->Start([=, &calls, caller = *std::move(caller), work = std::move(work)] {
    return calls.Run(caller, *request, *response, work);
  });
  return call;
}

// For work that does not depend on the caller.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* RunUnary(Calls& calls, grpc::CallbackServerContext* context,
                                   const Request* request, Response* response,
                                   std::function<absl::Status()> work,
                                   Length length = Length::kShort) {
  return RunUnary(calls, context, request, response,
                  Calls::Work([work = std::move(work)](const Caller&) { return work(); }), length);
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
