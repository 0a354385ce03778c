#include "server/process/health.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace electra::server {
namespace {

using Health = ::grpc::health::v1::Health;

std::string TargetOf(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  const std::string host = listen.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : listen.substr(colon);
  if (host == "0.0.0.0" || host == "*") return "127.0.0.1" + port;
  if (host == "[::]") return "[::1]" + port;
  return listen;
}

// The certificate is for the name by which clients know the machine, not for its loopback, and the
// request does not contain a secret: any server may get it.
std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const Settings& settings) {
  if (settings.tls_cert.empty()) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

absl::Status CheckHealth(const Settings& settings, absl::Duration timeout) {
  const std::string target = TargetOf(settings.listen);
  if (target.ends_with(":0")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "listen is ", settings.listen, ": name the address that the daemon took by --listen"));
  }
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  const auto stub =
      Health::NewStub(grpc::CreateCustomChannel(target, CredentialsFor(settings), arguments));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, {}, &response);
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrCat(target, " does not answer: ", status.error_message()));
  }
  if (response.status() != grpc::health::v1::HealthCheckResponse::SERVING) {
    return absl::UnavailableError(
        absl::StrCat(target, " answers that it is ",
                     grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status())));
  }
  return absl::OkStatus();
}

}  // namespace electra::server
