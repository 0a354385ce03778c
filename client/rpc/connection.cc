#include "client/rpc/connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_interceptor.h>

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

// Answers hold whole pages of samples; gRPC's own limit is 4 MiB.
constexpr int kLargestAnswer = 64 << 20;

// electrad lets clients ping every ten seconds; a peer that is gone is noticed within a minute.

using Headers = std::vector<std::pair<std::string, std::string>>;

// The token, which gRPC's own call credentials send over TLS only: it may go in plain text to this
// machine (MakeSecurity sees to that). And the trace.
Headers HeadersFor(const Connection::Options& options) {
  Headers headers;
  if (!options.security.token.empty()) {
    headers.emplace_back("authorization", absl::StrCat("Bearer ", options.security.token));
  }
  if (!options.trace_parent.empty()) headers.emplace_back("traceparent", options.trace_parent);
  return headers;
}

// Adds headers to each call.
class HeaderInterceptor : public grpc::experimental::Interceptor {
 public:
  explicit HeaderInterceptor(const Headers& headers) : headers_(headers) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      for (const auto& [name, value] : headers_) {
        methods->GetSendInitialMetadata()->emplace(name, value);
      }
    }
    methods->Proceed();
  }

 private:
  const Headers& headers_;  // the factory's, which lives as long as the channel
};

class HeaderInterceptorFactory : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit HeaderInterceptorFactory(Headers headers) : headers_(std::move(headers)) {}

  // gRPC owns it.
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return std::make_unique<HeaderInterceptor>(headers_).release();
  }

 private:
  const Headers headers_;
};

std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const Security& security) {
  if (!security.tls) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({.pem_root_certs = security.ca,
                               .pem_private_key = security.key,
                               .pem_cert_chain = security.certificate});
}

grpc::ChannelArguments ArgumentsFor(const Connection::Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLargestAnswer);
  const auto keepalive = static_cast<int>(absl::ToInt64Milliseconds(options.keepalive));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, keepalive);
  // gRPC would stop asking after the second answer to a stream on which nothing else comes, as on
  // that of a job that waits in the queue.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // The watcher pauses by itself; a channel that pauses too would refuse its attempts unseen.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetUserAgentPrefix("electra");
  // A proxy of the environment cannot reach this machine's own loopback.
  if (IsThisMachine(options.target)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

std::shared_ptr<grpc::Channel> MakeChannel(const Connection::Options& options) {
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  if (Headers headers = HeadersFor(options); !headers.empty()) {
    interceptors.push_back(std::make_unique<HeaderInterceptorFactory>(std::move(headers)));
  }
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      options.target, CredentialsFor(options.security), ArgumentsFor(options),
      std::move(interceptors));
}

}  // namespace

absl::Status CheckTarget(const std::string& target) {
  if (absl::StartsWith(target, "unix:") && target.size() > 5) return absl::OkStatus();
  const size_t colon = target.rfind(':');
  int port = 0;
  const bool has_port = colon != std::string::npos && colon > 0 &&
                        absl::SimpleAtoi(target.substr(colon + 1), &port) && port > 0 &&
                        port <= 65535;
  const std::string host = has_port ? target.substr(0, colon) : "";
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool host_is_clean = bracketed || host.find_first_of(":/[] ") == std::string::npos;
  if (has_port && host_is_clean) return absl::OkStatus();
  return InvalidArgument(kPhrases.bad_target, Visible(target));
}

Connection::Connection(const Options& options)
    : options_(options),
      channel_(MakeChannel(options)),
      access_(v1::AccessService::NewStub(channel_)),
      corpora_(v1::CorpusService::NewStub(channel_)),
      daemon_(v1::DaemonService::NewStub(channel_)),
      history_(v1::HistoryService::NewStub(channel_)),
      inference_(v1::InferenceService::NewStub(channel_)),
      jobs_(v1::JobService::NewStub(channel_)),
      models_(v1::ModelService::NewStub(channel_)),
      training_(v1::TrainingService::NewStub(channel_)) {}

}  // namespace electra::client
