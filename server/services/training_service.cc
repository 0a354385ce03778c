#include "server/services/training_service.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/services/resource_names.h"
#include "server/to_grpc_status.h"

namespace electra {
namespace {

// Ends a call that cannot be served.
class RefusedWatch : public grpc::ServerWriteReactor<v1::TrainingEvent> {
 public:
  explicit RefusedWatch(const absl::Status& status) { Finish(ToGrpcStatus(status)); }

 private:
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerWriteReactor<v1::TrainingEvent>* TrainingService::WatchJob(
    grpc::CallbackServerContext*, const v1::WatchJobRequest* request) {
  absl::StatusOr<std::string> name = ParseResourceName(request->name(), "jobs");
  if (name.ok() && request->after_sequence() < 0) {
    name = absl::InvalidArgumentError(
        absl::StrCat("after_sequence is ", request->after_sequence(), ": it must be at least 0"));
  }
  if (!name.ok()) return std::make_unique<RefusedWatch>(name.status()).release();
  return hub_.Watch(*std::move(name), request->after_sequence());
}

}  // namespace electra
