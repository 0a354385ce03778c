// electra.v1.InferenceService. Thread-safe.
#pragma once

#include "electra/v1/inference.grpc.pb.h"
#include "server/models/inference.h"
#include "server/rpc/calls.h"

namespace electra::server {

class InferenceService : public v1::InferenceService::CallbackService {
 public:
  // `calls` must outlive the service. It has an executor of one thread.
  InferenceService(const InferenceContext& context, Calls& calls)
      : context_(context), calls_(calls) {}

  grpc::ServerUnaryReactor* FakeText(grpc::CallbackServerContext* context,
                                     const v1::FakeTextRequest* request,
                                     v1::FakeTextResponse* response) override;
  grpc::ServerUnaryReactor* JudgeText(grpc::CallbackServerContext* context,
                                      const v1::JudgeTextRequest* request,
                                      v1::JudgeTextResponse* response) override;
  grpc::ServerUnaryReactor* EmbedText(grpc::CallbackServerContext* context,
                                      const v1::EmbedTextRequest* request,
                                      v1::EmbedTextResponse* response) override;

 private:
  const InferenceContext context_;
  Calls& calls_;
};

}  // namespace electra::server
