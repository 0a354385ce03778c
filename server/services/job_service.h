// electra.v1.JobService.
#pragma once

#include <mutex>

#include "core/trainer.h"
#include "electra/v1/job.grpc.pb.h"
#include "server/base/data_dir.h"
#include "server/jobs/check.h"
#include "server/jobs/scheduler.h"
#include "server/rpc/calls.h"
#include "server/store/corpora.h"
#include "server/store/database.h"
#include "server/store/quotas.h"

namespace electra::server {

class JobService : public v1::JobService::CallbackService {
 public:
  // All must outlive the service.
  JobService(Database& database, Scheduler& scheduler, const Trainer& trainer,
             const DataDir& data_dir, Calls& calls, const Quotas& quotas)
      : database_(database),
        scheduler_(scheduler),
        trainer_(trainer),
        data_dir_(data_dir),
        calls_(calls),
        quotas_(quotas) {}

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
  absl::Status Submit(const Caller& caller, const v1::SubmitJobRequest& request, v1::Job* response);
  absl::Status Estimate(const v1::EstimateJobRequest& request, v1::JobEstimate* response);
  absl::StatusOr<CorpusRow> ReadCorpus(const std::string& resource) const;
  absl::Status ChangeJob(absl::StatusOr<JobRow> (Scheduler::*change)(std::string_view name),
                         const std::string& resource, std::string_view event, v1::Job* response);
  // ResourceExhausted: a job that begins would have no room for its checkpoints.
  absl::Status CheckQuota(const Caller& caller) const;
  // Checks the vocabulary and stores it; its digest.
  // Adds what is wrong with how many devices the job wants.
  void CheckDevices(JobSettings* settings) const;
  absl::StatusOr<std::string> StoreVocabulary(const std::string& vocabulary);

  Database& database_;
  Scheduler& scheduler_;
  const Trainer& trainer_;
  const DataDir& data_dir_;
  Calls& calls_;
  const Quotas& quotas_;
  std::mutex estimating_;  // held while an estimate is made
};

}  // namespace electra::server
