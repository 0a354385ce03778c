// `electra pause`, `electra resume` and `electra job retry`: one call on one job each.
#include <memory>

#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/rpc/json_output.h"
#include "client/text/visible_text.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

template <typename Request>
ExitCode ChangeJob(CommandContext& context, const std::string& given,
                   const std::function<const char*(const v1::Job&)>& sentence) {
  Request request;
  if (const CallOutcome found = FindJob(context, given, request.mutable_name()); !found.ok()) {
    return context.Fail(found);
  }
  v1::Job job;
  const grpc::Status status = context.connection.Call(request, &job);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), job);
  } else {
    context.out() << absl::Substitute(sentence(job), Visible(job.name())) << "\n";
  }
  return ExitCode::kDone;
}

ExitCode RunPause(CommandContext& context, const std::string& job) {
  const Labels& labels = context.labels();
  return ChangeJob<v1::PauseJobRequest>(context, job, [&](const v1::Job& changed) {
    return changed.state() == v1::PAUSED ? labels.paused : labels.pause_requested;
  });
}

ExitCode RunResume(CommandContext& context, const std::string& job) {
  return ChangeJob<v1::ResumeJobRequest>(context, job,
                                         [&](const v1::Job&) { return context.labels().resumed; });
}

ExitCode RunRetry(CommandContext& context, const std::string& job) {
  return ChangeJob<v1::RetryJobRequest>(context, job,
                                        [&](const v1::Job&) { return context.labels().retried; });
}

}  // namespace

void AddPause(Command& parent) {
  auto job = std::make_shared<std::string>();
  Command command = parent.AddCommand(
      "pause",
      "Pause a job: at once if it is queued, after a step and a checkpoint if it is running");
  AddJobArgument(command, *job).Required();
  command.Footer(
      "Example:\n"
      "  electra job pause 7f3a\n"
      "  electra job resume 7f3a");
  command.Runs([job](CommandContext& context) { return RunPause(context, *job); });
}

void AddResume(Command& parent) {
  auto job = std::make_shared<std::string>();
  Command command = parent.AddCommand("resume", "Return a paused job to its place in the queue");
  AddJobArgument(command, *job).Required();
  command.Footer(
      "Example:\n"
      "  electra job resume 7f3a");
  command.Runs([job](CommandContext& context) { return RunResume(context, *job); });
}

void AddRetry(Command& parent) {
  auto job = std::make_shared<std::string>();
  Command command =
      parent.AddCommand("retry", "Restart a failed or cancelled job from its last checkpoint");
  AddJobArgument(command, *job).Required();
  command.Footer(
      "Example:\n"
      "  electra job retry 7f3a");
  command.Runs([job](CommandContext& context) { return RunRetry(context, *job); });
}

}  // namespace electra::client
