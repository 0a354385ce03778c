// electra.v1.TrainingService.
#pragma once

#include "electra/v1/training.grpc.pb.h"
#include "server/watch.h"

namespace electra {

class TrainingService : public v1::TrainingService::CallbackService {
 public:
  // `hub` must outlive the service.
  explicit TrainingService(WatchHub& hub) : hub_(hub) {}

  grpc::ServerWriteReactor<v1::TrainingEvent>* WatchJob(
      grpc::CallbackServerContext* context, const v1::WatchJobRequest* request) override;

 private:
  WatchHub& hub_;
};

}  // namespace electra
