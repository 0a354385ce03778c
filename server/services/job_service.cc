#include "server/services/job_service.h"

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/settings/hyperparameter_table.h"
#include "server/base/message_code.h"
#include "server/jobs/changes.h"
#include "server/jobs/estimate.h"
#include "server/jobs/job_message.h"
#include "server/jobs/list.h"
#include "server/jobs/submission.h"
#include "server/jobs/view.h"
#include "server/store/read_budget.h"

namespace electra::server {
namespace {

// The domain's answer as the call's.
absl::Status Answer(const absl::StatusOr<JobView>& view, v1::Job* job) {
  RETURN_IF_ERROR(view.status());
  ASSIGN_OR_RETURN(*job, ToProto(*view));
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* JobService::SubmitJob(grpc::CallbackServerContext* context,
                                                const v1::SubmitJobRequest* request,
                                                v1::Job* response) {
  // Weights that another job wrote are read whole.
  const bool reads_weights = request->model().starts_with("jobs/");
  return RunUnary(
      calls_, context, request, response,
      [=, this](const Caller& caller) {
        return Answer(server::SubmitJob(context_, caller, *request), response);
      },
      reads_weights ? Length::kLong : Length::kShort);
}

absl::Status JobService::Estimate(const v1::EstimateJobRequest& request,
                                  v1::JobEstimate* response) {
  // One text at a time: anyone who may read can ask for this work.
  std::unique_lock<std::mutex> lock(estimating_, std::defer_lock);
  const bool has_text = !request.corpus().empty() || request.has_sample();
  if (has_text && !lock.try_lock()) {
    return ResourceExhaustedError("ANOTHER_ESTIMATE",
                                  "the daemon is making another estimate: ask again in a moment");
  }
  return server::EstimateJob(context_, request, response);
}

grpc::ServerUnaryReactor* JobService::EstimateJob(grpc::CallbackServerContext* context,
                                                  const v1::EstimateJobRequest* request,
                                                  v1::JobEstimate* response) {
  return RunUnary(
      calls_, context, request, response, [=, this] { return Estimate(*request, response); },
      Length::kLong);
}

grpc::ServerUnaryReactor* JobService::GetJob(grpc::CallbackServerContext* context,
                                             const v1::GetJobRequest* request, v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return Answer(ReadJob(context_.database, request->name()), response);
  });
}

grpc::ServerUnaryReactor* JobService::ListJobs(grpc::CallbackServerContext* context,
                                               const v1::ListJobsRequest* request,
                                               v1::ListJobsResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    const ReadBudget budget{.is_cancelled = [context] { return context->IsCancelled(); }};
    ASSIGN_OR_RETURN(*response, ReadJobPage(context_.database, *request, budget));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* JobService::UpdateJob(grpc::CallbackServerContext* context,
                                                const v1::UpdateJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this](const Caller& caller) {
    return Answer(server::UpdateJob(context_.database, caller, *request), response);
  });
}

grpc::ServerUnaryReactor* JobService::DeleteJob(grpc::CallbackServerContext* context,
                                                const v1::DeleteJobRequest* request,
                                                google::protobuf::Empty* response) {
  return RunUnary(
      calls_, context, request, response,
      [=, this](const Caller& caller) {
        return RemoveJob(context_.database, context_.data_dir, caller, request->name(),
                         request->etag());
      },
      Length::kLong);
}

grpc::ServerUnaryReactor* JobService::CancelJob(grpc::CallbackServerContext* context,
                                                const v1::CancelJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this](const Caller& caller) {
    return Answer(server::CancelJob(context_, caller, request->name()), response);
  });
}

grpc::ServerUnaryReactor* JobService::PauseJob(grpc::CallbackServerContext* context,
                                               const v1::PauseJobRequest* request,
                                               v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this](const Caller& caller) {
    return Answer(server::PauseJob(context_, caller, request->name()), response);
  });
}

grpc::ServerUnaryReactor* JobService::ResumeJob(grpc::CallbackServerContext* context,
                                                const v1::ResumeJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this](const Caller& caller) {
    return Answer(server::ResumeJob(context_, caller, request->name()), response);
  });
}

grpc::ServerUnaryReactor* JobService::RetryJob(grpc::CallbackServerContext* context,
                                               const v1::RetryJobRequest* request,
                                               v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this](const Caller& caller) {
    return Answer(server::RetryJob(context_, caller, request->name()), response);
  });
}

grpc::ServerUnaryReactor* JobService::ListHyperparameters(
    grpc::CallbackServerContext* context, const v1::ListHyperparametersRequest* request,
    v1::ListHyperparametersResponse* response) {
  return RunUnary(calls_, context, request, response, [response] {
    for (const HyperparameterInfo& info : DescribeHyperparameters()) {
      v1::Hyperparameter* added = response->add_hyperparameters();
      added->set_key(info.key);
      added->set_type(info.type);
      added->set_default_value(info.default_value);
      added->set_accepted(info.accepted.text());
      *added->mutable_accepted_code() = ToProto(info.accepted);
      added->set_description(info.description);
      for (const std::string& alias : info.aliases) added->add_aliases(alias);
    }
    return absl::OkStatus();
  });
}

}  // namespace electra::server
