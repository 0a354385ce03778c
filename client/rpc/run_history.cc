#include "client/rpc/run_history.h"

#include "client/rpc/pages.h"

namespace electra::client {
namespace {

// As large as the server gives them.
constexpr int kRowsOfPage = 10000;
constexpr int kSamplesOfPage = 500;

// `rows` names the rows of a page.
template <typename Response, typename Request, typename Rows, typename Visit>
CallOutcome ForEachRow(Connection& connection, const Request& request, Rows rows,
                       const Visit& visit) {
  CallOutcome outcome;
  outcome.remote = ForEachPage<Response>(connection, request, [&](const Response& response) {
    for (const auto& row : rows(response)) {
      outcome.local = visit(row);
      if (!outcome.local.ok()) return false;
    }
    return !connection.interruption().triggered();
  });
  if (outcome.ok() && connection.interruption().triggered()) {
    outcome.local = absl::CancelledError("interrupted");
  }
  return outcome;
}

}  // namespace

CallOutcome ForEachStep(Connection& connection, const RunRange& range,
                        const std::function<absl::Status(const v1::StepMetrics&)>& visit) {
  v1::ListStepMetricsRequest request;
  request.set_parent(range.job);
  request.set_page_size(kRowsOfPage);
  request.set_first_step(range.first_step);
  request.set_last_step(range.last_step);
  return ForEachRow<v1::ListStepMetricsResponse>(
      connection, request,
      [](const v1::ListStepMetricsResponse& response) -> auto& { return response.steps(); }, visit);
}

CallOutcome ForEachEvaluation(Connection& connection, const std::string& job,
                              const std::function<absl::Status(const v1::Evaluation&)>& visit) {
  v1::ListEvaluationsRequest request;
  request.set_parent(job);
  request.set_page_size(kRowsOfPage);
  return ForEachRow<v1::ListEvaluationsResponse>(
      connection, request,
      [](const v1::ListEvaluationsResponse& response) -> auto& { return response.evaluations(); },
      visit);
}

CallOutcome ForEachSample(Connection& connection, const RunRange& range,
                          const std::function<absl::Status(const v1::Sample&)>& visit) {
  v1::ListSamplesRequest request;
  request.set_parent(range.job);
  request.set_page_size(kSamplesOfPage);
  request.set_first_step(range.first_step);
  request.set_last_step(range.last_step);
  return ForEachRow<v1::ListSamplesResponse>(
      connection, request,
      [](const v1::ListSamplesResponse& response) -> auto& { return response.samples(); }, visit);
}

}  // namespace electra::client
