// Answers every call of the connections that it is given with one refusal, and closes them within
// seconds: a client for which there is no room learns why, over TLS too.
//
//   RefusingServer refusing(credentials, absl::UnavailableError("..."));
//   refusing.Take(fd);
//
// Thread-safe.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "server/rpc/server_limits.h"

namespace electra::server {

class RefusingServer {
 public:
  // `refusal` is not OK.
  RefusingServer(std::shared_ptr<grpc::ServerCredentials> credentials, absl::Status refusal);
  ~RefusingServer();
  RefusingServer(const RefusingServer&) = delete;
  RefusingServer& operator=(const RefusingServer&) = delete;

  // Owns the connected socket from here on.
  void Take(int fd);

 private:
  class Service : public grpc::CallbackGenericService {
   public:
    explicit Service(absl::Status refusal) : refusal_(std::move(refusal)) {}

   private:
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override;

    const absl::Status refusal_;
  };

  Service service_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace electra::server
