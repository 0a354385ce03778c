// electra.v1.TrainingService. Thread-safe.
#pragma once

#include "electra/v1/training.grpc.pb.h"
#include "server/jobs/watch.h"
#include "server/rpc/calls.h"

namespace electra::server {

class TrainingService : public v1::TrainingService::CallbackService {
 public:
  // Both must outlive the service.
  TrainingService(WatchHub& hub, Calls& calls) : hub_(hub), calls_(calls) {}

  grpc::ServerWriteReactor<v1::TrainingEvent>* WatchJob(
      grpc::CallbackServerContext* context, const v1::WatchJobRequest* request) override;

 private:
  WatchHub& hub_;
  Calls& calls_;
};

}  // namespace electra::server
