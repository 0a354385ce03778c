#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/i18n/phrases.h"
#include "client/rpc/json_output.h"
#include "client/rpc/pages.h"
#include "client/shell/list_output.h"
#include "client/views/compare_view.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

struct CompareOptions {
  std::vector<std::string> jobs;
  std::string filter;  // instead of jobs
};

// More columns than anybody reads.
constexpr int kMostRuns = 12;

CallOutcome FetchJobs(CommandContext& context, const CompareOptions& options,
                      std::vector<ComparedRun>* runs) {
  for (const std::string& name : options.jobs) {
    CallOutcome found = GetJobMeant(context, name, &runs->emplace_back().job);
    if (!found.ok()) return found;
  }
  CallOutcome outcome;
  if (options.filter.empty()) return outcome;
  v1::ListJobsRequest request;
  request.set_filter(options.filter);
  request.set_order_by("eval_loss, create_time");
  request.set_page_size(kMostRuns + 1);
  v1::ListJobsResponse response;
  outcome.remote = context.connection.Call(request, &response);
  for (v1::Job& job : *response.mutable_jobs()) runs->emplace_back().job = std::move(job);
  return outcome;
}

grpc::Status FetchSteps(CommandContext& context, int max_points, ComparedRun* run) {
  v1::ListStepMetricsRequest request;
  request.set_parent(run->job.name());
  request.set_max_points(max_points);
  v1::ListStepMetricsResponse response;
  grpc::Status status = context.connection.Call(request, &response);
  run->steps = {response.steps().begin(), response.steps().end()};
  return status;
}

// The probe sentences of the last step that has some: no further back than samples are apart.
grpc::Status FetchProbes(CommandContext& context, ComparedRun* run) {
  if (run->job.probe_count() == 0) return grpc::Status::OK;
  const auto& fields = run->job.hyperparameters().fields();
  const auto every = fields.find("sample_every");
  const int64_t step = run->job.step();
  // A server may send any number.
  const double apart = every == fields.end() ? 0 : every->second.number_value();
  const bool is_within = apart > 0 && apart < static_cast<double>(step);
  v1::ListSamplesRequest request;
  request.set_parent(run->job.name());
  request.set_first_step(is_within ? step - static_cast<int64_t>(apart) : 0);
  return ForEachPage<v1::ListSamplesResponse>(
      context.connection, request, [&](const v1::ListSamplesResponse& response) {
        for (const v1::Sample& sample : response.samples()) {
          if (sample.probe() == 0) continue;
          if (!run->probes.empty() && run->probes.back().step() != sample.step()) {
            run->probes.clear();
          }
          run->probes.push_back(sample);
        }
        return true;
      });
}

nlohmann::json ToJson(const google::protobuf::Message& message) {
  return nlohmann::json::parse(ToJsonLine(message), nullptr, /*allow_exceptions=*/false);
}

// One object: what differs, and each run with its curve and probe sentences.
void WriteJson(CommandContext& context, const std::vector<ComparedRun>& runs) {
  nlohmann::json comparison = {{"differing", DifferingSettings(runs)},
                               {"runs", nlohmann::json::array()}};
  for (const ComparedRun& run : runs) {
    nlohmann::json entry = {{"job", ToJson(run.job)},
                            {"steps", nlohmann::json::array()},
                            {"probes", nlohmann::json::array()}};
    for (const v1::StepMetrics& step : run.steps) entry["steps"].push_back(ToJson(step));
    for (const v1::Sample& probe : run.probes) entry["probes"].push_back(ToJson(probe));
    comparison["runs"].push_back(std::move(entry));
  }
  WriteJsonLine(context.out(), comparison);
}

ExitCode RunCompare(CommandContext& context, const CompareOptions& options) {
  std::vector<ComparedRun> runs;
  if (const CallOutcome fetched = FetchJobs(context, options, &runs); !fetched.ok()) {
    return context.Fail(fetched);
  }
  if (runs.size() < 2 || runs.size() > kMostRuns) {
    return context.Fail(runs.size() > kMostRuns
                            ? InvalidArgument(kPhrases.too_many_runs, kMostRuns)
                            : InvalidArgument(kPhrases.too_few_runs, runs.size(), kMostRuns));
  }
  const Output& output = context.environment.out;
  const int width = output.is_terminal ? output.width() : kPlotWidth;
  for (ComparedRun& run : runs) {
    grpc::Status status = FetchSteps(context, std::clamp(4 * width, 400, 4000), &run);
    if (status.ok()) status = FetchProbes(context, &run);
    if (!status.ok()) return context.Fail(status);
  }
  if (context.format == OutputFormat::kJson) {
    WriteJson(context, runs);
  } else {
    context.out() << RenderComparison(
        runs, {.language = context.language, .width = width, .color = output.color});
  }
  return ExitCode::kDone;
}

}  // namespace

void AddCompare(Command& program) {
  auto options = std::make_shared<CompareOptions>();
  Command command = program.AddCommand(
      "compare", "Compare jobs side by side: settings, curves, evaluations, probe sentences");
  AddJobArgument(command, options->jobs);
  command
      .AddOption(
          "--filter", options->filter,
          "Compare the jobs that match this filter (see `electra history --help`), best first")
      .ValueName("FILTER")
      .Utf8();
  command.Footer(
      "Example:\n"
      "  electra compare 7f3a 51c0\n"
      "  electra compare --filter 'tags.sweep=\"lr\"'\n\n"
      "Probe sentences (`electra submit --probe FILE`) are shown as of the last sample of each "
      "job:\n"
      "fakes in parentheses, and how many of them the discriminator caught.");
  command.Runs([options](CommandContext& context) { return RunCompare(context, *options); },
               [options] { return options->jobs.empty() && options->filter.empty() ? "JOB" : ""; });
}

}  // namespace electra::client
