#include "client/rpc/no_server.h"

#include <string>

#include "absl/strings/match.h"
#include "client/rpc/error_details.h"
#include "client/settings/proxy.h"

namespace electra::client {
namespace {

// gRPC's own messages wrap the cause in layers that end with ": ".
std::string InnermostCause(const std::string& message) {
  const size_t colon = message.rfind(": ");
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

// The connection ended before an answer, without a reason.
bool IsCutOff(const std::string& message) {
  return absl::StrContains(message, "Socket closed") ||
         absl::StrContains(message, "Connection reset") ||
         absl::StrContains(message, "Broken pipe");
}

bool IsConnectionMessage(const std::string& message) {
  for (const char* beginning :
       {"failed to connect", "connections to all backends", "DNS resolution failed",
        "empty address list", "GOAWAY", "recvmsg", "keepalive watchdog",
        "Trying to connect an http1.x server", "Endpoint read failed", "Endpoint write failed"}) {
    if (absl::StartsWithIgnoreCase(message, beginning)) return true;
  }
  return IsCutOff(message);
}

std::string HostOf(const std::string& target) { return target.substr(0, target.rfind(':')); }

// Sentences of a failed handshake.
Bilingual TlsSentence(const std::string& server, const std::string& message) {
  const std::string cause = InnermostCause(message);
  if (absl::StrContains(message, "wrong version number") ||
      absl::StrContains(message, "packet length too long") ||
      absl::StrContains(message, "http request")) {
    return Say(kPhrases.server_is_plain, server);
  }
  if (absl::StrContains(message, "certificate verify failed")) {
    return Say(kPhrases.not_trusted, server, cause);
  }
  if (absl::StrContains(message, "is not in peer certificate") ||
      absl::StrContains(message, "Hostname Verification")) {
    return Say(kPhrases.wrong_name, server, cause);
  }
  if (absl::StrContains(message, "certificate required")) {
    return Say(kPhrases.wants_certificate, server);
  }
  return Say(kPhrases.no_server, server, cause);
}

}  // namespace

Bilingual NoServerSentence(const grpc::Status& status, const Reach& reach) {
  const std::string& message = status.error_message();
  const std::string& server = reach.target;
  const bool is_proxied = !reach.proxy.uri.empty();
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    const std::string timeout = absl::FormatDuration(reach.timeout);
    return is_proxied ? Say(kPhrases.proxy_is_silent, server, ProxyAddress(reach.proxy),
                            reach.proxy.variable, timeout, HostOf(server))
                      : Say(kPhrases.silent_server, server, timeout);
  }
  if (!IsConnectionMessage(message)) {
    return Say(kPhrases.unavailable_server, server, ServerMessage(status));
  }
  const bool is_of_tls = reach.tls && (absl::StrContains(message, "SSL") ||
                                       absl::StrContains(message, "peer certificate") ||
                                       absl::StrContains(message, "Hostname Verification"));
  if (is_of_tls) return TlsSentence(server, message);
  if (is_proxied) {
    return Say(kPhrases.proxy_fails, server, ProxyAddress(reach.proxy), reach.proxy.variable,
               InnermostCause(message), HostOf(server));
  }
  if (absl::StrContains(message, "DNS resolution failed")) {
    return Say(kPhrases.no_such_host, server);
  }
  if (!reach.tls && IsCutOff(message) && reach.speaks_tls()) {
    return Say(kPhrases.server_speaks_tls, server);
  }
  return Say(kPhrases.no_server, server, InnermostCause(message));
}

bool IsRefused(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE &&
         (absl::StrContains(status.error_message(), "Connection refused") ||
          absl::StrContains(status.error_message(), "No such file or directory"));
}

}  // namespace electra::client
