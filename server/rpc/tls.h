// What the daemon's port requires of its connections: TLS with the certificates of some files, or
// plain text.
//
// Free function without state.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace electra::server {

struct TlsOptions {
  std::string certificate;  // PEM files; empty: no TLS
  std::string key;
  std::string client_ca;  // signs certificates of clients; empty: clients show none
  // How soon replaced files are read, in whole seconds.
  absl::Duration refresh = absl::Seconds(10);

  bool enabled() const { return !certificate.empty() || !key.empty(); }
};

// TLS whose certificate, key and CA are read again when they change, or plain text where TLS is not
// enabled. InvalidArgument: a file is missing or not PEM, or key and certificate do not match.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsOptions& options);

}  // namespace electra::server
