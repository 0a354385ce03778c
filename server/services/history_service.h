// electra.v1.HistoryService. Thread-safe.
#pragma once

#include <functional>

#include "electra/v1/history.grpc.pb.h"
#include "server/rpc/calls.h"
#include "server/store/database.h"

namespace electra::server {

class HistoryService : public v1::HistoryService::CallbackService {
 public:
  // Both must outlive the service.
  HistoryService(Database& database, Calls& calls) : database_(database), calls_(calls) {}

  grpc::ServerUnaryReactor* ListStepMetrics(grpc::CallbackServerContext* context,
                                            const v1::ListStepMetricsRequest* request,
                                            v1::ListStepMetricsResponse* response) override;
  grpc::ServerUnaryReactor* ListSamples(grpc::CallbackServerContext* context,
                                        const v1::ListSamplesRequest* request,
                                        v1::ListSamplesResponse* response) override;
  grpc::ServerUnaryReactor* ListEvaluations(grpc::CallbackServerContext* context,
                                            const v1::ListEvaluationsRequest* request,
                                            v1::ListEvaluationsResponse* response) override;
  grpc::ServerUnaryReactor* GetConfusions(grpc::CallbackServerContext* context,
                                          const v1::GetConfusionsRequest* request,
                                          v1::Confusions* response) override;

 private:
  // A request with max_points.
  absl::Status ListExtremes(const v1::ListStepMetricsRequest& request,
                            v1::ListStepMetricsResponse* response);
  absl::Status FillConfusions(const v1::GetConfusionsRequest& request,
                              const std::function<bool()>& is_cancelled, v1::Confusions* response);

  Database& database_;
  Calls& calls_;
};

}  // namespace electra::server
