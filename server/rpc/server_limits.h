// Common options of all gRPC servers here: limits on the resources that strangers can take, and
// connections from our own gate (connection_gate.h) instead of a gRPC port.
//
// Free functions without state.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/server_builder_option.h>

#include <memory>
#include <vector>

#include "absl/time/time.h"

namespace electra::server {

struct ServerLimits {
  int calls_of_connection = 128;
  absl::Duration handshake = absl::Seconds(10);  // TLS, and the first words of HTTP/2
  size_t memory = size_t{256} << 20;  // of messages on their way; beyond it gRPC cancels calls
};

// Messages must not be compressed: the bounds would apply to their compressed size.
void AddLimits(const ServerLimits& limits, grpc::ServerBuilder& builder);

// Pings peers that are silent for this long.
void AddKeepalive(absl::Duration keepalive, grpc::ServerBuilder& builder);

// Takes server reflection away. Linking its library is enough to switch it on for every server, and
// it does not go through the gate.
class WithoutReflection : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override;
};

using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

// The server that is built will serve the connections that it is handed.
std::unique_ptr<Acceptor> AddAcceptor(std::shared_ptr<grpc::ServerCredentials> credentials,
                                      grpc::ServerBuilder& builder);

// Gives a connected socket, which does not block, to a server that runs.
void HandOver(int fd, Acceptor& acceptor);

}  // namespace electra::server
