// The channel to a server, and the calls over it.
//
//   Connection connection({.target = "127.0.0.1:50551", .interruption = &interruption});
//   v1::GetJobRequest request;
//   v1::Job job;
//   grpc::Status status = connection.Call(request, &job);
//
// Connects with the first call. Each unary call has a deadline and ends at an interruption. Streams
// are started at the stubs (client/rpc/services.h), which few files include: gRPC has many headers.
//
// Thread-safe. Ownership: owns channel and stubs, borrows the interruption.
#pragma once

#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/environment/interruption.h"
#include "client/settings/credentials.h"
#include "client/settings/settings.h"

namespace electra::client {

struct Services;

// How a server is reached, for messages when it is not.
struct Reach {
  std::string target;
  absl::Duration timeout;
  bool tls = false;
  Proxy proxy;
  // Without TLS: whether something there answers in TLS; takes two seconds at most.
  std::function<bool()> speaks_tls = [] { return false; };
};

class Connection {
 public:
  struct Options {
    std::string target;
    absl::Duration timeout = absl::Seconds(30);  // of a unary call
    // A server that is silent for this long is pinged; one that does not answer for as long again
    // is gone.
    absl::Duration keepalive = absl::Seconds(30);
    Interruption* interruption = nullptr;
    Security security = {};
    Proxy proxy = {};
    // The trace that all calls are part of (core/base/trace_parent.h); empty: none.
    std::string trace_parent;
  };

  explicit Connection(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const Options& options() const { return options_; }
  Services& services() { return *services_; }
  Interruption& interruption() { return *options_.interruption; }
  const std::string& target() const { return options_.target; }
  absl::Duration timeout() const { return options_.timeout; }
  const std::string& trace_parent() const { return options_.trace_parent; }
  const Proxy& proxy() const { return options_.proxy; }
  Reach reach() const;

  // Whether there is a connection. Otherwise tries to connect for `at_most`. A channel connects
  // only while somebody waits for it.
  bool IsConnected(absl::Duration at_most = absl::ZeroDuration());

  // A unary call: the request's type determines the method and the response's type.
  template <typename Request, typename Response>
  grpc::Status Call(const Request& request, Response* response) {
    return CallWithin(options_.timeout, request, response);
  }

  // For calls that may rightly take longer.
  template <typename Request, typename Response>
  grpc::Status CallWithin(absl::Duration timeout, const Request& request, Response* response);

 private:
  Options options_;
  std::unique_ptr<Services> services_;
};

// How to reach the server of the settings. InvalidArgument: a certificate cannot be read, or a
// token would travel in plain text.
absl::StatusOr<Connection::Options> ConnectionOptions(const Settings& settings,
                                                      Interruption& interruption);

}  // namespace electra::client
