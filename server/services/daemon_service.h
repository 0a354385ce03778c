// electra.v1.DaemonService. Thread-safe.
#pragma once

#include <cstdint>

#include "core/trainer.h"
#include "electra/v1/daemon.grpc.pb.h"
#include "server/base/data_dir.h"
#include "server/corpora/partial_uploads.h"
#include "server/jobs/scheduler.h"
#include "server/jobs/watch.h"
#include "server/metrics/device_monitor.h"
#include "server/models/inference_cache.h"
#include "server/rpc/calls.h"
#include "server/store/database.h"

namespace electra::server {

class DaemonService : public v1::DaemonService::CallbackService {
 public:
  // All must outlive the service. `rendezvous` may be null.
  DaemonService(Database& database, const Scheduler& scheduler, Trainer& trainer,
                const DeviceMonitor& monitor, const Rendezvous* rendezvous, const WatchHub& hub,
                const DataDir& data_dir, PartialUploads& partial_uploads,
                InferenceCache& inference_cache, Calls& calls);

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::DaemonStatus* response) override;
  grpc::ServerUnaryReactor* CollectGarbage(grpc::CallbackServerContext* context,
                                           const v1::CollectGarbageRequest* request,
                                           v1::CollectGarbageResponse* response) override;
  grpc::ServerUnaryReactor* UnloadModels(grpc::CallbackServerContext* context,
                                         const v1::UnloadModelsRequest* request,
                                         v1::UnloadModelsResponse* response) override;

 private:
  void AddDevices(v1::DaemonStatus* status) const;
  void AddRanks(v1::DaemonStatus* status) const;

  Database& database_;
  const Scheduler& scheduler_;
  Trainer& trainer_;
  const DeviceMonitor& monitor_;
  const Rendezvous* const rendezvous_;
  const WatchHub& hub_;
  const DataDir& data_dir_;
  PartialUploads& partial_uploads_;
  InferenceCache& inference_cache_;
  Calls& calls_;
  const int64_t start_micros_;
};

}  // namespace electra::server
