#include "client/browser/comparison.h"

#include <cmath>
#include <optional>

#include "client/text/visible_text.h"
#include "client/views/compare_view.h"
#include "client/views/scalars.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"

namespace electra::client {
namespace {

using nlohmann::json;

constexpr int32_t kMostPoints = 1000;  // in a curve

grpc::Status FetchRun(Connection& connection, const std::string& job, ComparedRun* run) {
  v1::GetJobRequest get;
  get.set_name(job);
  if (grpc::Status status = connection.Call(get, &run->job); !status.ok()) return status;
  v1::ListStepMetricsRequest list;
  list.set_parent(job);
  list.set_max_points(kMostPoints);
  v1::ListStepMetricsResponse response;
  grpc::Status status = connection.Call(list, &response);
  run->steps = {response.steps().begin(), response.steps().end()};
  return status;
}

json Finite(std::optional<double> number) {
  return number && std::isfinite(*number) ? json(*number) : json(nullptr);
}

json BestOf(const v1::Job& job) {
  if (!job.has_best_evaluation()) return {nullptr, nullptr, nullptr, nullptr};
  const v1::Evaluation& best = job.best_evaluation();
  return {Finite(best.combined_loss()), Finite(PrecisionOf(best)), Finite(RecallOf(best)),
          Finite(F1Of(best))};
}

}  // namespace

grpc::Status CompareJobs(Connection& connection, const std::vector<std::string>& jobs,
                         json* comparison) {
  std::vector<ComparedRun> runs(jobs.size());
  *comparison = {{"runs", json::array()}, {"curves", json::object()}, {"settings", json::array()}};
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (grpc::Status status = FetchRun(connection, jobs[i], &runs[i]); !status.ok()) return status;
    const v1::Job& job = runs[i].job;
    const std::string letter = RunLetter(i);
    (*comparison)["runs"].push_back({{"letter", letter},
                                     {"name", Visible(job.name())},
                                     {"display_name", Visible(job.display_name())},
                                     {"state", v1::JobState_Name(job.state())},
                                     {"step", job.step()},
                                     {"total_steps", job.total_steps()},
                                     {"evaluation", BestOf(job)}});
    json& curve = (*comparison)["curves"][letter] = json::array();
    for (const v1::StepMetrics& step : runs[i].steps) {
      if (std::isfinite(step.combined_loss())) curve.push_back({step.step(), step.combined_loss()});
    }
  }
  for (const auto& [name, values] : DifferingSettings(runs)) {
    json row = json::array();
    for (const std::string& value : values) row.push_back(Visible(value));
    (*comparison)["settings"].push_back(json::array({Visible(name), row}));
  }
  return grpc::Status::OK;
}

}  // namespace electra::client
