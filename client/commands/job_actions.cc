// `electra pause`, `electra resume` and `electra job retry`: one call on one job each.
#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/rpc/json_output.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

template <typename Request>
ExitCode ChangeJob(CommandContext& context, const JobOptions& options,
                   grpc::Status (v1::JobService::Stub::*method)(grpc::ClientContext*,
                                                                const Request&, v1::Job*),
                   const std::function<const char*(const v1::Job&)>& sentence) {
  Request request;
  request.set_name(JobName(options.job));
  v1::Job job;
  const grpc::Status status =
      context.connection.Call(context.connection.jobs(), method, request, &job);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), job);
  } else {
    context.out() << absl::Substitute(sentence(job), Visible(job.name())) << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace

void AddPause(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<JobOptions>();
  CLI::App* command = app.add_subcommand(
      "pause",
      "Pause a job: at once while it waits, after its step and a checkpoint while it runs");
  command->add_option("JOB", options->job, "The job: jobs/ID, ID, or how ID begins")->required();
  command->footer(
      "Example:\n"
      "  electra pause 7f3a\n"
      "  electra resume 7f3a");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunPause(context, *options); };
  });
}

ExitCode RunPause(CommandContext& context, const JobOptions& options) {
  const Labels& labels = context.labels();
  return ChangeJob(context, options, &v1::JobService::Stub::PauseJob, [&](const v1::Job& job) {
    return job.state() == v1::PAUSED ? labels.paused : labels.pause_requested;
  });
}

void AddResume(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<JobOptions>();
  CLI::App* command =
      app.add_subcommand("resume", "Put a paused job back into the queue, at its old place");
  command->add_option("JOB", options->job, "The job: jobs/ID, ID, or how ID begins")->required();
  command->footer(
      "Example:\n"
      "  electra resume 7f3a");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunResume(context, *options); };
  });
}

ExitCode RunResume(CommandContext& context, const JobOptions& options) {
  return ChangeJob(context, options, &v1::JobService::Stub::ResumeJob,
                   [&](const v1::Job&) { return context.labels().resumed; });
}

ExitCode RunRetry(CommandContext& context, const JobOptions& options) {
  return ChangeJob(context, options, &v1::JobService::Stub::RetryJob,
                   [&](const v1::Job&) { return context.labels().retried; });
}

}  // namespace electra::client
