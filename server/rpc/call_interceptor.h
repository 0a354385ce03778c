// Counts every call of the gRPC server, including refused ones and other services', logs it at
// level debug, and tells the table of connections which of them are in use.
//
// The factory may be used from any thread.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include "server/metrics/metrics.h"
#include "server/rpc/connection_table.h"

namespace electra::server {

class CallInterceptorFactory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Both must outlive the server.
  CallInterceptorFactory(Metrics& metrics, ConnectionTable& connections)
      : metrics_(metrics), connections_(connections) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  Metrics& metrics_;
  ConnectionTable& connections_;
};

}  // namespace electra::server
