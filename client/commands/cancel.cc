#include <memory>

#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/rpc/json_output.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

ExitCode RunCancel(CommandContext& context, const std::string& given) {
  v1::CancelJobRequest request;
  request.set_name(JobName(given));
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

void AddCancel(Command& program) {
  auto job = std::make_shared<std::string>();
  Command command = program.AddCommand(
      "cancel", "End a job: at once while it waits, after its step and a checkpoint while it runs");
  command.AddOption("JOB", *job, "The job: jobs/ID, ID, or how ID begins").Required();
  command.Footer(
      "Example:\n"
      "  electra cancel 7f3a");
  command.Runs([job](CommandContext& context) { return RunCancel(context, *job); });
}

}  // namespace electra::client
