#include "server/rpc/refusing_server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>

#include <chrono>

#include "server/rpc/calls.h"

namespace electra::server {
namespace {

constexpr int kAgeMs = 1'000;

constexpr ServerLimits kLimits = {
    .calls_of_connection = 4, .handshake = absl::Seconds(2), .memory = 16 << 20};

}  // namespace

grpc::ServerGenericBidiReactor* RefusingServer::Service::CreateReactor(
    grpc::GenericCallbackServerContext*) {
  return Refuse<grpc::ServerGenericBidiReactor>(refusal_);
}

RefusingServer::RefusingServer(std::shared_ptr<grpc::ServerCredentials> credentials,
                               absl::Status refusal)
    : service_(std::move(refusal)) {
  grpc::ServerBuilder builder;
  // It gives everyone the same answer, health checks included.
  builder.SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
  builder.SetOption(std::make_unique<WithoutReflection>());
  builder.RegisterCallbackGenericService(&service_);
  AddLimits(kLimits, builder);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kAgeMs);
  acceptor_ = AddAcceptor(std::move(credentials), builder);
  server_ = builder.BuildAndStart();
}

RefusingServer::~RefusingServer() { server_->Shutdown(std::chrono::system_clock::now()); }

void RefusingServer::Take(int fd) { HandOver(fd, *acceptor_); }

}  // namespace electra::server
