#include "client/rpc/connection.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_interceptor.h>

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/rpc/services.h"
#include "client/settings/settings.h"
#include "core/base/status_macros.h"
#include "google/protobuf/empty.pb.h"

namespace electra::client {
namespace {

// Answers hold whole pages of samples; gRPC's own limit is 4 MiB.
constexpr int kLargestAnswer = 64 << 20;

using Headers = std::vector<std::pair<std::string, std::string>>;

// The token, which gRPC's own call credentials send over TLS only: it may go in plain text to this
// machine (MakeSecurity checks that). And the trace.
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
  // That bounds an answer's received size, not its decompressed one: none may be compressed.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  // electrad lets clients ping every ten seconds.
  const auto keepalive = static_cast<int>(absl::ToInt64Milliseconds(options.keepalive));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, keepalive);
  // gRPC would stop pinging after the second answer on a silent stream, such as that of a queued
  // job.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A caller that waits for a server pauses by itself (server_return.h); a channel that pauses
  // longer would silently refuse its attempts. The pauses have gRPC's own jitter. An attempt
  // without an answer makes room for the next one after five seconds.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetUserAgentPrefix("electra");
  // gRPC would read the environment itself, and does not support networks in no_proxy.
  if (options.proxy.uri.empty()) {
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  } else {
    arguments.SetString(GRPC_ARG_HTTP_PROXY, options.proxy.uri);
  }
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

// A handshake with anyone: no data is sent, so no trust is needed.
bool AnswersTls(const Connection::Options& options) {
  grpc::experimental::TlsChannelCredentialsOptions anybody;
  anybody.set_verify_server_certs(false);
  anybody.set_check_call_host(false);
  anybody.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  const std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
      options.target, grpc::experimental::TlsCredentials(anybody), ArgumentsFor(options));
  const auto deadline = absl::ToChronoTime(absl::Now() + absl::Seconds(2));
  for (grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);;) {
    if (state == GRPC_CHANNEL_READY) return true;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) return false;
    if (!channel->WaitForStateChange(state, deadline)) return false;
    state = channel->GetState(/*try_to_connect=*/true);
  }
}

// The stub and method that take a request.
template <typename Request>
struct Method;

#define ELECTRA_UNARY_CALLS(CALL)                                              \
  CALL(access, AccessService, GetCaller, v1::Caller)                           \
  CALL(access, AccessService, CreateToken, v1::CreateTokenResponse)            \
  CALL(access, AccessService, ListTokens, v1::ListTokensResponse)              \
  CALL(access, AccessService, RevokeToken, v1::Token)                          \
  CALL(corpora, CorpusService, GetUpload, v1::Upload)                          \
  CALL(corpora, CorpusService, GetCorpus, v1::Corpus)                          \
  CALL(corpora, CorpusService, ListCorpora, v1::ListCorporaResponse)           \
  CALL(corpora, CorpusService, DeleteCorpus, google::protobuf::Empty)          \
  CALL(daemon, DaemonService, GetStatus, v1::DaemonStatus)                     \
  CALL(daemon, DaemonService, CollectGarbage, v1::CollectGarbageResponse)      \
  CALL(daemon, DaemonService, UnloadModels, v1::UnloadModelsResponse)          \
  CALL(tuning, FinetuningService, CreateFinetuning, v1::Finetuning)            \
  CALL(tuning, FinetuningService, GetFinetuning, v1::Finetuning)               \
  CALL(tuning, FinetuningService, CancelFinetuning, v1::Finetuning)            \
  CALL(tuning, FinetuningService, DeleteFinetuning, google::protobuf::Empty)   \
  CALL(history, HistoryService, ListStepMetrics, v1::ListStepMetricsResponse)  \
  CALL(history, HistoryService, ListSamples, v1::ListSamplesResponse)          \
  CALL(history, HistoryService, ListEvaluations, v1::ListEvaluationsResponse)  \
  CALL(history, HistoryService, GetConfusions, v1::Confusions)                 \
  CALL(inference, InferenceService, FakeText, v1::FakeTextResponse)            \
  CALL(inference, InferenceService, JudgeText, v1::JudgeTextResponse)          \
  CALL(inference, InferenceService, EmbedText, v1::EmbedTextResponse)          \
  CALL(jobs, JobService, SubmitJob, v1::Job)                                   \
  CALL(jobs, JobService, EstimateJob, v1::JobEstimate)                         \
  CALL(jobs, JobService, GetJob, v1::Job)                                      \
  CALL(jobs, JobService, ListJobs, v1::ListJobsResponse)                       \
  CALL(jobs, JobService, UpdateJob, v1::Job)                                   \
  CALL(jobs, JobService, DeleteJob, google::protobuf::Empty)                   \
  CALL(jobs, JobService, CancelJob, v1::Job)                                   \
  CALL(jobs, JobService, PauseJob, v1::Job)                                    \
  CALL(jobs, JobService, ResumeJob, v1::Job)                                   \
  CALL(jobs, JobService, RetryJob, v1::Job)                                    \
  CALL(jobs, JobService, ListHyperparameters, v1::ListHyperparametersResponse) \
  CALL(models, ModelService, ListModels, v1::ListModelsResponse)               \
  CALL(models, ModelService, GetModel, v1::Model)                              \
  CALL(models, ModelService, DeleteModel, google::protobuf::Empty)

#define ELECTRA_METHOD(stub_name, Service, Name, Response)  \
  template <>                                               \
  struct Method<v1::Name##Request> {                        \
    static constexpr auto kStub = &Services::stub_name;     \
    static constexpr auto kCall = &v1::Service::Stub::Name; \
  };
ELECTRA_UNARY_CALLS(ELECTRA_METHOD)
#undef ELECTRA_METHOD

}  // namespace

Connection::Connection(const Options& options)
    : options_(options), services_(std::make_unique<Services>(MakeChannel(options))) {}

Connection::~Connection() = default;

bool Connection::IsConnected(absl::Duration at_most) {
  return services_->channel->WaitForConnected(absl::ToChronoTime(absl::Now() + at_most));
}

Reach Connection::reach() const {
  return {.target = options_.target,
          .timeout = options_.timeout,
          .tls = options_.security.tls,
          .proxy = options_.proxy,
          .speaks_tls = [this] { return AnswersTls(options_); }};
}

template <typename Request, typename Response>
grpc::Status Connection::CallWithin(absl::Duration timeout, const Request& request,
                                    Response* response) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  Interruption::Guard guard(interruption(), [&context] { context.TryCancel(); });
  auto& stub = *(services_.get()->*Method<Request>::kStub);
  return (stub.*Method<Request>::kCall)(&context, request, response);
}

#define ELECTRA_INSTANTIATE(stub_name, Service, Name, Response) \
  template grpc::Status Connection::CallWithin(absl::Duration, const v1::Name##Request&, Response*);
ELECTRA_UNARY_CALLS(ELECTRA_INSTANTIATE)
#undef ELECTRA_INSTANTIATE
#undef ELECTRA_UNARY_CALLS

absl::StatusOr<Connection::Options> ConnectionOptions(const Settings& settings,
                                                      Interruption& interruption) {
  ASSIGN_OR_RETURN(Security security, MakeSecurity(settings.server.value, settings.access));
  return Connection::Options{.target = settings.server.value,
                             .timeout = absl::Seconds(settings.timeout_seconds),
                             .keepalive = absl::Seconds(settings.keepalive_seconds),
                             .interruption = &interruption,
                             .security = std::move(security),
                             .proxy = settings.proxy,
                             .trace_parent = settings.trace_parent};
}

}  // namespace electra::client
