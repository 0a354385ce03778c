#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/rpc/json_output.h"
#include "client/text/visible_text.h"

namespace electra::client {

void AddCancel(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<CancelOptions>();
  CLI::App* command = app.add_subcommand(
      "cancel", "End a job: at once while it waits, after its step and a checkpoint while it runs");
  command->add_option("JOB", options->job, "The job: jobs/ID, ID, or how ID begins")->required();
  command->footer(
      "Example:\n"
      "  electra cancel 7f3a");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunCancel(context, *options); };
  });
}

ExitCode RunCancel(CommandContext& context, const CancelOptions& options) {
  v1::CancelJobRequest request;
  request.set_name(JobName(options.job));
  v1::Job job;
  const grpc::Status status = context.connection.Call(
      context.connection.jobs(), &v1::JobService::Stub::CancelJob, request, &job);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), job);
    return ExitCode::kDone;
  }
  const char* sentence = job.state() == v1::CANCELLED ? context.labels().cancelled_at_once
                                                      : context.labels().cancel_requested;
  context.out() << absl::Substitute(sentence, Visible(job.name())) << "\n";
  return ExitCode::kDone;
}

}  // namespace electra::client
