// Counts every call of the gRPC server, refused ones and those of other services too, and logs it
// at level debug.
//
// The factory may be used from any thread.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include "server/metrics/metrics.h"

namespace electra::server {

class CallInterceptorFactory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // `metrics` must outlive the server.
  explicit CallInterceptorFactory(Metrics& metrics) : metrics_(metrics) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  Metrics& metrics_;
};

}  // namespace electra::server
