// A server that answers every method of the contract with harmful values: names of places
// elsewhere, control characters, formulas, extreme numbers.
//
// Choose its answers before the first call. Thread-safe from then on.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace electra::client {

// The values of all fields of an answer, whatever they mean.
struct Hostility {
  std::string text;  // UTF-8
  int64_t number = 0;
  double real = 0;
  int choice = 0;  // of a oneof's fields, and the number of every enum
  grpc::StatusCode code = grpc::StatusCode::OK;  // else: each call's error, with `text` as reason
};

class HostileServer : private grpc::CallbackGenericService {
 public:
  explicit HostileServer(Hostility hostility);
  ~HostileServer() override;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  class Call;

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override;

  const Hostility hostility_;
  absl::Mutex mutex_;
  std::list<std::unique_ptr<Call>> calls_ ABSL_GUARDED_BY(mutex_);
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace electra::client
