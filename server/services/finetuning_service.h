// electra.v1.FinetuningService. Thread-safe.
#pragma once

#include "electra/v1/finetuning.grpc.pb.h"
#include "server/jobs/finetunings.h"
#include "server/rpc/calls.h"

namespace electra::server {

class FinetuningService : public v1::FinetuningService::CallbackService {
 public:
  // `calls` must outlive the service.
  FinetuningService(const FinetuningContext& context, Calls& calls)
      : context_(context), calls_(calls) {}

  grpc::ServerUnaryReactor* CreateFinetuning(grpc::CallbackServerContext* context,
                                             const v1::CreateFinetuningRequest* request,
                                             v1::Finetuning* response) override;
  grpc::ServerUnaryReactor* GetFinetuning(grpc::CallbackServerContext* context,
                                          const v1::GetFinetuningRequest* request,
                                          v1::Finetuning* response) override;
  grpc::ServerUnaryReactor* CancelFinetuning(grpc::CallbackServerContext* context,
                                             const v1::CancelFinetuningRequest* request,
                                             v1::Finetuning* response) override;
  grpc::ServerUnaryReactor* DeleteFinetuning(grpc::CallbackServerContext* context,
                                             const v1::DeleteFinetuningRequest* request,
                                             google::protobuf::Empty* response) override;

 private:
  const FinetuningContext context_;
  Calls& calls_;
};

}  // namespace electra::server
