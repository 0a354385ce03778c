// Accepts connections. gRPC's own listener gives up for good when descriptors run out, and has no
// bound: so the daemon listens itself, counts connections, and hands gRPC as many as it has room
// for.
//
// Whatever clients do, some descriptors stay free for the files of jobs and the database. A client
// that does not fit in is told so if there is a free place for that; otherwise its connection is
// closed.
//
//   ASSIGN_OR_RETURN(gate, ConnectionGate::Listen(options));
//   gate->AddTo(builder);
//   server = builder.BuildAndStart();
//   gate->Open();
//   ... gate->Close(); server->Shutdown(); ...
//
// Owns the listening sockets and one thread, which accepts. Not thread-safe, except for
// connections().
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/file.h"
#include "server/metrics/metrics.h"
#include "server/rpc/connection_table.h"
#include "server/rpc/listening_sockets.h"
#include "server/rpc/refusing_server.h"

namespace electra::server {

// How many connections a process with this many descriptors has room for.
struct ConnectionRoom {
  int descriptors = 0;  // connections have lower numbers; the kernel gives the lowest free one
  size_t total = 0;
  size_t per_address = 0;
  size_t refusals = 0;  // at once, beyond the total
};
ConnectionRoom RoomFor(uint64_t descriptors);

class ConnectionGate {
 public:
  struct Options {
    std::string listen;         // HOST:PORT; port 0 takes a free one; or unix:PATH
    mode_t socket_mode = 0600;  // of PATH
    std::shared_ptr<grpc::ServerCredentials> credentials;
    absl::Duration keepalive;
    Metrics* metrics = nullptr;  // must outlive the gate
    // Called once, from the gate's thread: nobody can connect any more.
    std::function<void(const std::string& error)> on_lost;
  };

  // Errors as ListenOn.
  static absl::StatusOr<std::unique_ptr<ConnectionGate>> Listen(Options options);
  ~ConnectionGate();
  ConnectionGate(const ConnectionGate&) = delete;
  ConnectionGate& operator=(const ConnectionGate&) = delete;

  int port() const { return listening_.port; }
  ConnectionTable& connections() { return connections_; }

  // The server that is built gets the connections. Once, before it starts.
  void AddTo(grpc::ServerBuilder& builder);
  // Once, when it has started.
  void Open();
  // Nobody can connect any more; connections stay. To be called before the server shuts down.
  void Close();

 private:
  ConnectionGate(Options options, ListeningSockets listening, ConnectionRoom room);

  // Limits log lines that would repeat again and again.
  class Seldom {
   public:
    bool IsDue();

   private:
    std::chrono::steady_clock::time_point next_;
  };

  void Run();
  // For a tenth of a second at most.
  void AwaitConnections() const;
  // Accepts the connections that wait at a listening socket, up to a limit. The errno where the
  // socket is lost.
  int AcceptSome(const FileDescriptor& listener);
  void Take(FileDescriptor connection);
  void Tend();

  const Options options_;
  const ConnectionRoom room_;
  ListeningSockets listening_;
  ConnectionTable connections_;
  ConnectionTable refused_;  // the ones that are told so now
  std::unique_ptr<RefusingServer> refusing_;
  std::unique_ptr<Acceptor> acceptor_;

  std::atomic<bool> closing_ = false;

  // Used by thread_ alone.
  int64_t refusals_ = 0;  // not in the log yet
  int64_t cuts_ = 0;
  Seldom refused_lines_;
  Seldom cut_lines_;
  Seldom shortages_;

  std::thread thread_;  // "accept"
};

}  // namespace electra::server
