// The channel to a server and the services behind it.
//
//   Connection connection({.target = "127.0.0.1:50551", .interruption = &interruption});
//   v1::Job job;
//   grpc::Status status = connection.Call(connection.jobs(), &v1::JobService::Stub::GetJob,
//                                         request, &job);
//
// Connects with the first call. Each unary call has a deadline and ends at an interruption.
// Thread safety: as gRPC stubs, from any thread. Ownership: owns channel and stubs, borrows the
// interruption.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/environment/interruption.h"
#include "client/settings/credentials.h"
#include "electra/v1/access.grpc.pb.h"
#include "electra/v1/corpus.grpc.pb.h"
#include "electra/v1/daemon.grpc.pb.h"
#include "electra/v1/history.grpc.pb.h"
#include "electra/v1/inference.grpc.pb.h"
#include "electra/v1/job.grpc.pb.h"
#include "electra/v1/model.grpc.pb.h"
#include "electra/v1/training.grpc.pb.h"

namespace electra::client {

// HOST:PORT, [IPV6]:PORT or unix:PATH; anything else is said to be wrong, with the value.
absl::Status CheckTarget(const std::string& target);

class Connection {
 public:
  struct Options {
    std::string target;
    absl::Duration timeout = absl::Seconds(30);  // of a unary call
    // A server that is silent for so long is asked whether it is there; one that does not answer
    // for as long again is gone.
    absl::Duration keepalive = absl::Seconds(30);
    Interruption* interruption = nullptr;
    Security security = {};
    std::string trace_parent;  // of which all calls are part (core/base/trace_parent.h); empty: of none
  };

  explicit Connection(const Options& options);

  v1::AccessService::Stub& access() { return *access_; }
  v1::CorpusService::Stub& corpora() { return *corpora_; }
  v1::DaemonService::Stub& daemon() { return *daemon_; }
  v1::HistoryService::Stub& history() { return *history_; }
  v1::InferenceService::Stub& inference() { return *inference_; }
  v1::JobService::Stub& jobs() { return *jobs_; }
  v1::ModelService::Stub& models() { return *models_; }
  v1::TrainingService::Stub& training() { return *training_; }

  Interruption& interruption() { return *options_.interruption; }
  const std::string& target() const { return options_.target; }
  absl::Duration timeout() const { return options_.timeout; }
  const std::string& trace_parent() const { return options_.trace_parent; }

  template <typename Stub, typename Request, typename Response>
  grpc::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    return CallWithin(options_.timeout, stub, method, request, response);
  }

  // For calls that may rightly take longer.
  template <typename Stub, typename Request, typename Response>
  grpc::Status CallWithin(absl::Duration timeout, Stub& stub,
                          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                       Response*),
                          const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    Interruption::Guard guard(interruption(), context);
    return (stub.*method)(&context, request, response);
  }

 private:
  Options options_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AccessService::Stub> access_;
  std::unique_ptr<v1::CorpusService::Stub> corpora_;
  std::unique_ptr<v1::DaemonService::Stub> daemon_;
  std::unique_ptr<v1::HistoryService::Stub> history_;
  std::unique_ptr<v1::InferenceService::Stub> inference_;
  std::unique_ptr<v1::JobService::Stub> jobs_;
  std::unique_ptr<v1::ModelService::Stub> models_;
  std::unique_ptr<v1::TrainingService::Stub> training_;
};

}  // namespace electra::client
