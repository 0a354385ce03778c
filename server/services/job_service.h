// electra.v1.JobService. Thread-safe.
#pragma once

#include <mutex>

#include "electra/v1/job.grpc.pb.h"
#include "server/jobs/context.h"
#include "server/rpc/calls.h"

namespace electra::server {

class JobService : public v1::JobService::CallbackService {
 public:
  // `calls` must outlive the service.
  JobService(const JobContext& context, Calls& calls) : context_(context), calls_(calls) {}

  grpc::ServerUnaryReactor* SubmitJob(grpc::CallbackServerContext* context,
                                      const v1::SubmitJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* EstimateJob(grpc::CallbackServerContext* context,
                                        const v1::EstimateJobRequest* request,
                                        v1::JobEstimate* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest* request, v1::Job* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context,
                                     const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateJob(grpc::CallbackServerContext* context,
                                      const v1::UpdateJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* DeleteJob(grpc::CallbackServerContext* context,
                                      const v1::DeleteJobRequest* request,
                                      google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* CancelJob(grpc::CallbackServerContext* context,
                                      const v1::CancelJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* PauseJob(grpc::CallbackServerContext* context,
                                     const v1::PauseJobRequest* request,
                                     v1::Job* response) override;
  grpc::ServerUnaryReactor* ResumeJob(grpc::CallbackServerContext* context,
                                      const v1::ResumeJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* RetryJob(grpc::CallbackServerContext* context,
                                     const v1::RetryJobRequest* request,
                                     v1::Job* response) override;
  grpc::ServerUnaryReactor* ListHyperparameters(grpc::CallbackServerContext* context,
                                                const v1::ListHyperparametersRequest* request,
                                                v1::ListHyperparametersResponse* response) override;

 private:
  absl::Status Estimate(const v1::EstimateJobRequest& request, v1::JobEstimate* response);

  const JobContext context_;
  Calls& calls_;
  std::mutex estimating_;  // held while a text is counted
};

}  // namespace electra::server
