// electra.v1.ModelService.
#pragma once

#include "electra/v1/model.grpc.pb.h"

namespace electra {

class ModelService : public v1::ModelService::CallbackService {
 public:
  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context,
                                       const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;
};

}  // namespace electra
