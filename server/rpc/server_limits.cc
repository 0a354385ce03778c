#include "server/rpc/server_limits.h"

#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/resource_quota.h>

#include <utility>

namespace electra::server {
namespace {

constexpr int kMaxMessage =
    4 << 20;  // bytes; a vocabulary in a request, a chunk with room to spare
constexpr int kMaxMetadata = 16 << 10;

// What gRPC reads at once, and makes some thousand calls of that nobody can bound meanwhile. It would
// be 4 MiB.
constexpr int kMaxRead = 64 << 10;

// A client whose connection is closed for want of calls opens another with its next one, unseen.
constexpr absl::Duration kIdle = absl::Minutes(1);

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// What a client may send ahead of what is read. gRPC would let it grow with the speed of the
// network, to tens of megabytes for every upload whose disk is slower.
void BoundReceiveBuffers(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 20);
  builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kMaxRead);
}

// The first two have compressed calls refused in words; the last sees to it that nothing is
// unfolded before that.
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
  // gRPC holds only those to these two who acknowledge them; its accounts tell of the others.
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
