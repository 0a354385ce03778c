// electra.v1.DaemonService.
#pragma once

#include <cstdint>

#include "core/trainer.h"
#include "electra/v1/daemon.grpc.pb.h"
#include "server/access/calls.h"
#include "server/data_dir.h"
#include "server/partial_uploads.h"
#include "server/scheduler.h"
#include "server/store/database.h"
#include "server/watch.h"

namespace electra {

class DaemonService : public v1::DaemonService::CallbackService {
 public:
  // All must outlive the service.
  DaemonService(Database& database, const Scheduler& scheduler, const Trainer& trainer,
                const WatchHub& hub, const DataDir& data_dir, PartialUploads& partial_uploads,
                Calls& calls);

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::DaemonStatus* response) override;
  grpc::ServerUnaryReactor* CollectGarbage(grpc::CallbackServerContext* context,
                                           const v1::CollectGarbageRequest* request,
                                           v1::CollectGarbageResponse* response) override;

 private:
  Database& database_;
  const Scheduler& scheduler_;
  const Trainer& trainer_;
  const WatchHub& hub_;
  const DataDir& data_dir_;
  PartialUploads& partial_uploads_;
  Calls& calls_;
  const int64_t start_micros_;
};

}  // namespace electra
