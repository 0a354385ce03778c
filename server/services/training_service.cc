#include "server/services/training_service.h"

#include <string>

#include "server/base/resource_names.h"
#include "server/services/watch_stream.h"

namespace electra::server {
grpc::ServerWriteReactor<v1::TrainingEvent>* TrainingService::WatchJob(
    grpc::CallbackServerContext* context, const v1::WatchJobRequest* request) {
  using Reactor = grpc::ServerWriteReactor<v1::TrainingEvent>;
  absl::StatusOr<StreamPermit> permit =
      calls_.AdmitStream(*context, *v1::WatchJobRequest::descriptor());
  if (!permit.ok()) return Refuse<Reactor>(permit.status());
  absl::StatusOr<std::string> name = ParseResourceName(request->name(), "jobs");
  if (name.ok() && request->after_sequence() < 0) {
    name = NegativeField("after_sequence", request->after_sequence());
  }
  if (!name.ok()) return Refuse<Reactor>(name.status());
  return StartWatchStream(hub_, *std::move(permit), *std::move(name), request->after_sequence());
}

}  // namespace electra::server
