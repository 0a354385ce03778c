// `electra job cancel`, `pause`, `resume` and `retry`: a call on each of the jobs.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/rpc/json_output.h"
#include "client/text/visible_text.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

using ChangeSentence = std::function<const char*(const v1::Job&)>;

template <typename Request>
ExitCode ChangeJob(CommandContext& context, const std::string& given,
                   const ChangeSentence& sentence) {
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

// Each in its turn. A job that is refused does not keep the others from their change: of a sweep,
// some may have ended.
template <typename Request>
ExitCode ChangeJobs(CommandContext& context, const std::vector<std::string>& jobs,
                    const ChangeSentence& sentence) {
  ExitCode result = ExitCode::kDone;
  for (const std::string& job : jobs) {
    const ExitCode changed = ChangeJob<Request>(context, job, sentence);
    if (changed == ExitCode::kDone) continue;
    result = changed;
    if (changed != ExitCode::kRefused) break;
  }
  return result;
}

ExitCode RunCancel(CommandContext& context, const std::vector<std::string>& jobs) {
  const Labels& labels = context.labels();
  return ChangeJobs<v1::CancelJobRequest>(context, jobs, [&](const v1::Job& changed) {
    return changed.state() == v1::CANCELLED ? labels.cancelled_at_once : labels.cancel_requested;
  });
}

ExitCode RunPause(CommandContext& context, const std::vector<std::string>& jobs) {
  const Labels& labels = context.labels();
  return ChangeJobs<v1::PauseJobRequest>(context, jobs, [&](const v1::Job& changed) {
    return changed.state() == v1::PAUSED ? labels.paused : labels.pause_requested;
  });
}

ExitCode RunResume(CommandContext& context, const std::vector<std::string>& jobs) {
  return ChangeJobs<v1::ResumeJobRequest>(context, jobs,
                                          [&](const v1::Job&) { return context.labels().resumed; });
}

ExitCode RunRetry(CommandContext& context, const std::vector<std::string>& jobs) {
  return ChangeJobs<v1::RetryJobRequest>(context, jobs,
                                         [&](const v1::Job&) { return context.labels().retried; });
}

}  // namespace

void AddCancel(Command& parent) {
  auto jobs = std::make_shared<std::vector<std::string>>();
  Command command = parent.AddCommand(
      "cancel",
      "Cancel a job: at once if it is queued, after a step and a checkpoint if it is running");
  AddJobArgument(command, *jobs).Required();
  command.Footer(
      "Example:\n"
      "  electra job cancel 7f3a\n"
      "  electra job cancel 7f3a 51c0");
  command.Runs([jobs](CommandContext& context) { return RunCancel(context, *jobs); });
}

void AddPause(Command& parent) {
  auto jobs = std::make_shared<std::vector<std::string>>();
  Command command = parent.AddCommand(
      "pause",
      "Pause a job: at once if it is queued, after a step and a checkpoint if it is running");
  AddJobArgument(command, *jobs).Required();
  command.Footer(
      "Example:\n"
      "  electra job pause 7f3a\n"
      "  electra job resume 7f3a");
  command.Runs([jobs](CommandContext& context) { return RunPause(context, *jobs); });
}

void AddResume(Command& parent) {
  auto jobs = std::make_shared<std::vector<std::string>>();
  Command command = parent.AddCommand("resume", "Return a paused job to its place in the queue");
  AddJobArgument(command, *jobs).Required();
  command.Footer(
      "Example:\n"
      "  electra job resume 7f3a");
  command.Runs([jobs](CommandContext& context) { return RunResume(context, *jobs); });
}

void AddRetry(Command& parent) {
  auto jobs = std::make_shared<std::vector<std::string>>();
  Command command =
      parent.AddCommand("retry", "Restart a failed or cancelled job from its last checkpoint");
  AddJobArgument(command, *jobs).Required();
  command.Footer(
      "Example:\n"
      "  electra job retry 7f3a");
  command.Runs([jobs](CommandContext& context) { return RunRetry(context, *jobs); });
}

}  // namespace electra::client
