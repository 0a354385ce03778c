#include "server/services/job_service.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/settings/hyperparameter_table.h"
#include "server/base/clock.h"
#include "server/jobs/changes.h"
#include "server/jobs/check.h"
#include "server/jobs/estimate.h"
#include "server/jobs/labels.h"
#include "server/jobs/list.h"
#include "server/jobs/struct_json.h"
#include "server/jobs/submission.h"
#include "server/jobs/view.h"

namespace electra::server {
namespace {

// Of sentences that are kept one a line.
int CountLines(std::string_view text) {
  return text.empty() ? 0 : 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

// A job as the contract shows it.
absl::Status FillJob(const JobView& view, v1::Job* job) {
  const JobRow& row = view.row;
  job->set_name(absl::StrCat("jobs/", row.name));
  job->set_display_name(row.display_name);
  job->set_state(row.state);
  job->set_corpus(absl::StrCat("corpora/", row.corpus_name));
  job->set_corpus_display_name(row.corpus_file_name);
  job->set_model(absl::StrCat("models/", row.model));
  ASSIGN_OR_RETURN(*job->mutable_hyperparameters(), JsonToStruct(row.hyperparameters));
  job->set_vocabulary_sha256(row.vocabulary_sha256);
  job->set_priority(static_cast<int32_t>(row.priority));
  *job->mutable_create_time() = ToTimestamp(row.created_at);
  if (row.started_at != 0) *job->mutable_start_time() = ToTimestamp(row.started_at);
  if (row.ended_at != 0) *job->mutable_end_time() = ToTimestamp(row.ended_at);
  *job->mutable_update_time() = ToTimestamp(row.updated_at);
  job->set_reason(row.reason);
  job->set_queue_position(view.queue_position);
  job->set_step(row.step);
  job->set_total_steps(row.total_steps);
  job->set_last_sequence(row.last_sequence);
  job->set_model_path(row.model_path);
  job->set_device(row.device);
  if (!row.submitted_by.empty()) job->set_submitted_by(absl::StrCat("tokens/", row.submitted_by));
  const RunSummary& run = view.run;
  if (run.last_step) *job->mutable_last_step() = *run.last_step;
  if (run.first_evaluation) *job->mutable_first_evaluation() = *run.first_evaluation;
  if (run.last_evaluation) *job->mutable_last_evaluation() = *run.last_evaluation;
  if (run.best_evaluation) *job->mutable_best_evaluation() = *run.best_evaluation;
  job->set_skipped_steps(row.skipped_steps);
  job->set_probe_count(CountLines(row.probe));
  job->set_note(row.note);
  job->set_trace_parent(row.trace_parent);
  for (const auto& [key, value] : view.tags) (*job->mutable_tags())[key] = value;
  job->mutable_warnings()->Add(view.warnings.begin(), view.warnings.end());
  job->set_etag(EtagOf(row.name, view.labels()));
  return absl::OkStatus();
}

// The domain's answer as the call's.
absl::Status Answer(const absl::StatusOr<JobView>& view, v1::Job* job) {
  RETURN_IF_ERROR(view.status());
  return FillJob(*view, job);
}

}  // namespace

grpc::ServerUnaryReactor* JobService::SubmitJob(grpc::CallbackServerContext* context,
                                                const v1::SubmitJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this](const Caller& caller) {
    return Answer(server::SubmitJob(context_, caller, *request), response);
  });
}

absl::Status JobService::Estimate(const v1::EstimateJobRequest& request,
                                  v1::JobEstimate* response) {
  if (request.hyperparameters().ByteSizeLong() > kMaxHyperparameters) {
    return absl::InvalidArgumentError("the hyperparameters are too large");
  }
  // One at a time: it is work that whoever may read can ask for.
  const std::unique_lock<std::mutex> lock(estimating_, std::try_to_lock);
  if (!lock) {
    return absl::ResourceExhaustedError(
        "the daemon is making another estimate: ask again in a moment");
  }
  return server::EstimateJob(context_, request, response);
}

grpc::ServerUnaryReactor* JobService::EstimateJob(grpc::CallbackServerContext* context,
                                                  const v1::EstimateJobRequest* request,
                                                  v1::JobEstimate* response) {
  return RunUnary(calls_, context, request, response,
                  [=, this] { return Estimate(*request, response); });
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
    ASSIGN_OR_RETURN(const JobPage page, ReadJobPage(context_.database, *request));
    for (const JobView& job : page.jobs) RETURN_IF_ERROR(FillJob(job, response->add_jobs()));
    response->set_next_page_token(page.next_page_token);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* JobService::UpdateJob(grpc::CallbackServerContext* context,
                                                const v1::UpdateJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return Answer(server::UpdateJob(context_.database, *request), response);
  });
}

grpc::ServerUnaryReactor* JobService::DeleteJob(grpc::CallbackServerContext* context,
                                                const v1::DeleteJobRequest* request,
                                                google::protobuf::Empty* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return RemoveJob(context_.database, context_.data_dir, request->name(), request->etag());
  });
}

grpc::ServerUnaryReactor* JobService::CancelJob(grpc::CallbackServerContext* context,
                                                const v1::CancelJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return Answer(server::CancelJob(context_, request->name()), response);
  });
}

grpc::ServerUnaryReactor* JobService::PauseJob(grpc::CallbackServerContext* context,
                                               const v1::PauseJobRequest* request,
                                               v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return Answer(server::PauseJob(context_, request->name()), response);
  });
}

grpc::ServerUnaryReactor* JobService::ResumeJob(grpc::CallbackServerContext* context,
                                                const v1::ResumeJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return Answer(server::ResumeJob(context_, request->name()), response);
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
      added->set_accepted(info.accepted);
      added->set_description(info.description);
      for (const std::string& alias : info.aliases) added->add_aliases(alias);
    }
    return absl::OkStatus();
  });
}

}  // namespace electra::server
