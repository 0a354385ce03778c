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

ExitCode RunCancel(CommandContext& context, const std::string& given) {
  v1::CancelJobRequest request;
  if (const CallOutcome found = FindJob(context, given, request.mutable_name()); !found.ok()) {
    return context.Fail(found);
  }
  v1::Job job;
  const grpc::Status status = context.connection.Call(request, &job);
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

}  // namespace

void AddCancel(Command& parent) {
  auto job = std::make_shared<std::string>();
  Command command = parent.AddCommand(
      "cancel",
      "Cancel a job: at once if it is queued, after a step and a checkpoint if it is running");
  AddJobArgument(command, *job).Required();
  command.Footer(
      "Example:\n"
      "  electra job cancel 7f3a");
  command.Runs([job](CommandContext& context) { return RunCancel(context, *job); });
}

}  // namespace electra::client
