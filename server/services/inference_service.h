// electra.v1.InferenceService.
#pragma once

#include "absl/status/statusor.h"
#include "electra/v1/inference.grpc.pb.h"
#include "server/base/data_dir.h"
#include "server/models/inference_cache.h"
#include "server/rpc/calls.h"
#include "server/store/database.h"

namespace electra::server {

class InferenceService : public v1::InferenceService::CallbackService {
 public:
  // All must outlive the service. `calls` has an executor of one thread.
  InferenceService(Database& database, const DataDir& data_dir, InferenceCache& cache, Calls& calls)
      : database_(database), data_dir_(data_dir), cache_(cache), calls_(calls) {}

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
  struct Task;

  // What every call begins with.
  template <typename Request>
  absl::StatusOr<Task> Begin(const grpc::CallbackServerContext& context, const Request& request,
                             int most_texts) const;

  Database& database_;
  const DataDir& data_dir_;
  InferenceCache& cache_;
  Calls& calls_;
};

}  // namespace electra::server
