#include "client/rpc/run_history.h"

#include "client/shell/list_output.h"

namespace electra::client {
namespace {

// As large as the server gives them.
constexpr int kRowsOfPage = 10000;
constexpr int kSamplesOfPage = 500;

// `method` lists pages of `Response`, whose rows `rows` names.
template <typename Response, typename Request, typename Rows, typename Visit>
CallOutcome ForEachRow(CommandContext& context, const Request& request,
                       grpc::Status (v1::HistoryService::Stub::*method)(grpc::ClientContext*,
                                                                        const Request&, Response*),
                       Rows rows, const Visit& visit) {
  CallOutcome outcome;
  outcome.remote = ForEachPage<Response>(
      request,
      [&](const Request& page, Response* response) {
        return context.connection.Call(context.connection.history(), method, page, response);
      },
      [&](const Response& response) {
        for (const auto& row : rows(response)) {
          outcome.local = visit(row);
          if (!outcome.local.ok()) return false;
        }
        return !context.connection.interruption().triggered();
      });
  if (outcome.ok() && context.connection.interruption().triggered()) {
    outcome.local = absl::CancelledError("interrupted");
  }
  return outcome;
}

}  // namespace

ExitCode Fail(const CommandContext& context, const CallOutcome& outcome) {
  return outcome.local.ok() ? context.Fail(outcome.remote) : context.Fail(outcome.local);
}

grpc::Status GetRun(CommandContext& context, const std::string& job, v1::Job* response) {
  v1::GetJobRequest request;
  request.set_name(job);
  return context.connection.Call(context.connection.jobs(), &v1::JobService::Stub::GetJob, request,
                                 response);
}

CallOutcome ForEachStep(CommandContext& context, const RunRange& range,
                        const std::function<absl::Status(const v1::StepMetrics&)>& visit) {
  v1::ListStepMetricsRequest request;
  request.set_parent(range.job);
  request.set_page_size(kRowsOfPage);
  request.set_first_step(range.first_step);
  request.set_last_step(range.last_step);
  return ForEachRow<v1::ListStepMetricsResponse>(
      context, request, &v1::HistoryService::Stub::ListStepMetrics,
      [](const v1::ListStepMetricsResponse& response) -> auto& { return response.steps(); }, visit);
}

CallOutcome ForEachEvaluation(CommandContext& context, const std::string& job,
                              const std::function<absl::Status(const v1::Evaluation&)>& visit) {
  v1::ListEvaluationsRequest request;
  request.set_parent(job);
  request.set_page_size(kRowsOfPage);
  return ForEachRow<v1::ListEvaluationsResponse>(
      context, request, &v1::HistoryService::Stub::ListEvaluations,
      [](const v1::ListEvaluationsResponse& response) -> auto& { return response.evaluations(); },
      visit);
}

CallOutcome ForEachSample(CommandContext& context, const RunRange& range,
                          const std::function<absl::Status(const v1::Sample&)>& visit) {
  v1::ListSamplesRequest request;
  request.set_parent(range.job);
  request.set_page_size(kSamplesOfPage);
  request.set_first_step(range.first_step);
  request.set_last_step(range.last_step);
  return ForEachRow<v1::ListSamplesResponse>(
      context, request, &v1::HistoryService::Stub::ListSamples,
      [](const v1::ListSamplesResponse& response) -> auto& { return response.samples(); }, visit);
}

}  // namespace electra::client
