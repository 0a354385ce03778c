#include "server/rpc/server_limits.h"

#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/resource_quota.h>

#include <utility>

namespace electra::server {
namespace {

constexpr int kMaxMessage =
    4 << 20;  // bytes; a vocabulary in a request, a chunk with room to spare
constexpr int kMaxMetadata = 16 << 10;

// How much gRPC reads at once. Its default of 4 MiB makes some thousand calls that nobody can bound
// meanwhile.
constexpr int kMaxRead = 64 << 10;

// A client whose idle connection is closed opens another one with its next call, unnoticed.
constexpr absl::Duration kIdle = absl::Minutes(1);

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// Bounds how far a client may send ahead. gRPC would let it grow with the speed of the network, to
// tens of megabytes for every upload whose disk is slower.
void BoundReceiveBuffers(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 20);
  builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kMaxRead);
}

// The first two refuse compressed calls with a message; the last makes sure that nothing is
// decompressed before that.
void RefuseCompression(grpc::ServerBuilder& builder) {
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
}

}  // namespace

void AddLimits(const ServerLimits& limits, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessage);
  RefuseCompression(builder);
  BoundReceiveBuffers(builder);
  grpc::ResourceQuota quota("calls");
  quota.Resize(limits.memory);
  builder.SetResourceQuota(quota);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.calls_of_connection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadata);
  // gRPC enforces the two limits above only on clients that acknowledge them; channelz shows the
  // others.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 1);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(limits.handshake));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(kIdle));
}

void AddKeepalive(absl::Duration keepalive, grpc::ServerBuilder& builder) {
  const int interval = Milliseconds(keepalive);
  // Both ends agree on this: a client that pings more often than it may is cut off.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, interval / 6);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, interval);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, interval);
  // gRPC would stop asking after the second answer on a stream without events.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
}

void WithoutReflection::UpdatePlugins(
    std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) {
  std::erase_if(*plugins,
                [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
}

std::unique_ptr<Acceptor> AddAcceptor(std::shared_ptr<grpc::ServerCredentials> credentials,
                                      grpc::ServerBuilder& builder) {
  return builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      std::move(credentials));
}

void HandOver(int fd, Acceptor& acceptor) {
  Acceptor::NewConnectionParameters connection;
  connection.fd = fd;
  acceptor.HandleNewConnection(&connection);
}

}  // namespace electra::server
