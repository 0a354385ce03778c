#include "server/rpc/call_interceptor.h"

#include <grpcpp/server_context.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/access/caller.h"
#include "server/access/policy.h"
#include "server/base/log.h"
#include "server/rpc/call_context.h"

namespace electra::server {
namespace {

using Hook = ::grpc::experimental::InterceptionHookPoints;
using Clock = std::chrono::steady_clock;

// gRPC's codes and Abseil's are the same numbers and names.
std::string CodeName(grpc::StatusCode code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

// Whether the path is a method of the contract, which the gate guards:
// "electra.v1.JobService/GetJob".
bool IsOurs(std::string_view path) {
  std::string name(path);
  if (const size_t slash = name.rfind('/'); slash != std::string::npos) name[slash] = '.';
  return IsMethod(name);
}

// "electra.v1.JobService/GetJob" of its path. Anyone who reaches the port may call any number of
// unknown names, each of which would stay a series of its own: they share one.
std::string MethodOf(std::string_view path) {
  constexpr std::string_view kOfGrpc[] = {
      "grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch",
      "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
  if (path.starts_with('/')) path.remove_prefix(1);
  const bool is_there =
      IsOurs(path) || std::find(std::begin(kOfGrpc), std::end(kOfGrpc), path) != std::end(kOfGrpc);
  return is_there ? std::string(path) : "unknown";
}

class CallInterceptor : public grpc::experimental::Interceptor {
 public:
  CallInterceptor(Metrics& metrics, ConnectionTable& connections,
                  grpc::experimental::ServerRpcInfo& info)
      : metrics_(metrics),
        connections_(connections),
        info_(info),
        method_(MethodOf(info.method())),
        start_(Clock::now()) {
    // Methods that anyone may call do not count as use of a connection.
    if (!IsOurs(method_)) return;
    peer_ = info.server_context()->peer();
    connections_.BeginCall(peer_);
  }
  ~CallInterceptor() override {
    if (!peer_.empty()) connections_.EndCall(peer_, use_);
  }
  CallInterceptor(const CallInterceptor&) = delete;
  CallInterceptor& operator=(const CallInterceptor&) = delete;

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_INITIAL_METADATA)) {
      const auto* metadata = methods->GetSendInitialMetadata();
      const auto id = metadata->find(kRequestIdHeader);
      if (id != metadata->end()) request_id_ = id->second;
    }
    if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS)) {
      Count(methods->GetSendStatus().error_code());
    }
    methods->Proceed();
  }

 private:
  void Count(grpc::StatusCode code) {
    if (code == grpc::StatusCode::UNAUTHENTICATED) use_ = CallUse::kRefused;
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const std::string name = CodeName(code);
    metrics_.AddCall(method_, name, seconds);
    CallContext call = CallContextOf(*info_.server_context());
    call.request_id = request_id_;
    const LogScope scope(LogFieldsOf(call));
    Log(LogLevel::kDebug, "call",
        {{"method", method_}, {"code", name}, {"seconds", absl::StrCat(seconds)}});
  }

  Metrics& metrics_;
  ConnectionTable& connections_;
  grpc::experimental::ServerRpcInfo& info_;  // owns this
  const std::string method_;
  const Clock::time_point start_;
  std::string peer_;  // empty: not counted among its connection's calls
  CallUse use_ = CallUse::kUseful;
  std::string request_id_;  // empty: the call never reached the gate
};

}  // namespace

grpc::experimental::Interceptor* CallInterceptorFactory::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  return std::make_unique<CallInterceptor>(metrics_, connections_, *info)
      .release();  // owned by gRPC
}

}  // namespace electra::server
