#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/commands/confirm.h"
#include "client/commands/job_argument.h"
#include "client/i18n/message_values.h"
#include "client/shell/list_output.h"
#include "client/text/visible_text.h"
#include "electra/v1/job.pb.h"
#include "google/protobuf/empty.pb.h"

namespace electra::client {
namespace {

struct DeleteOptions {
  std::vector<std::string> jobs;
  Confirmation confirmation = Confirmation::kAsk;
  std::string etag;  // for one job
};

ExitCode RunDelete(CommandContext& context, const DeleteOptions& options) {
  for (const std::string& name : options.jobs) {
    v1::Job job;
    if (const CallOutcome found = GetJobMeant(context, name, &job); !found.ok()) {
      return context.Fail(found);
    }
    if (options.confirmation == Confirmation::kAsk) {
      const absl::StatusOr<bool> wanted =
          Confirm(context, absl::Substitute(context.labels().confirm_delete, Visible(job.name()),
                                            Visible(job.display_name()),
                                            StateLabel(job.state(), context.language)));
      if (!wanted.ok()) return context.Fail(wanted.status());
      if (!*wanted) {
        SayKept(context, job.name());
        continue;
      }
    }
    // By its whole name: a prefix may mean another job by now.
    v1::DeleteJobRequest request;
    request.set_name(job.name());
    request.set_etag(options.etag);
    // Deletes only the job as it was in the question.
    if (options.etag.empty() && options.confirmation == Confirmation::kAsk) {
      request.set_etag(job.etag());
    }
    google::protobuf::Empty nothing;
    const grpc::Status status = context.connection.Call(request, &nothing);
    if (!status.ok()) return context.Fail(status);
    SayDeleted(context, job.name());
  }
  return ExitCode::kDone;
}

}  // namespace

void AddDelete(Command& parent) {
  auto options = std::make_shared<DeleteOptions>();
  Command command = parent.AddCommand("delete", "Delete jobs with their history and checkpoints");
  AddJobArgument(command, options->jobs).Required();
  AddYesFlag(command, options->confirmation);
  command
      .AddOption("--etag", options->etag,
                 "Fail if the name, tags or note have changed since `electra job show JOB --json` "
                 "printed this `etag`")
      .ValueName("ETAG")
      .Utf8();
  command.Footer(
      "Example:\n"
      "  electra job delete 7f3a\n"
      "  electra job delete --yes 7f3a 51c0\n\n"
      "Cancel a running job before you delete it. The corpus is kept.");
  command.Runs([options](CommandContext& context) { return RunDelete(context, *options); });
}

}  // namespace electra::client
