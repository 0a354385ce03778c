#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/shell/list_output.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "electra/v1/job.pb.h"
#include "google/protobuf/empty.pb.h"

namespace electra::client {
namespace {

enum class Confirmation { kAsk, kGiven };

struct DeleteOptions {
  std::vector<std::string> jobs;
  Confirmation confirmation = Confirmation::kAsk;
  std::string etag;  // for one job
};

// Whether the user wants this job gone. An error where nobody can be asked.
absl::StatusOr<bool> Confirm(CommandContext& context, const v1::Job& job) {
  const absl::StatusOr<std::string> answer = context.environment.ask(
      absl::Substitute(context.labels().confirm_delete, Visible(job.name()),
                       Visible(job.display_name()), StateLabel(job.state(), context.language)));
  if (!answer.ok()) {
    return InvalidArgument(kPhrases.delete_asks, answer.status());
  }
  const std::string word = absl::AsciiStrToLower(absl::StripAsciiWhitespace(*answer));
  return word == "y" || word == "yes" || word == "예" || word == "네";
}

ExitCode RunDelete(CommandContext& context, const DeleteOptions& options) {
  for (const std::string& name : options.jobs) {
    v1::GetJobRequest get;
    get.set_name(JobName(name));
    v1::Job job;
    grpc::Status status = context.connection.Call(get, &job);
    if (!status.ok()) return context.Fail(status);
    if (options.confirmation == Confirmation::kAsk) {
      const absl::StatusOr<bool> wanted = Confirm(context, job);
      if (!wanted.ok()) return context.Fail(wanted.status());
      if (!*wanted) {
        context.out() << absl::Substitute(context.labels().not_deleted, Visible(job.name()))
                      << "\n";
        continue;
      }
    }
    // By its whole name: a beginning may mean another job by now.
    v1::DeleteJobRequest request;
    request.set_name(job.name());
    request.set_etag(options.etag);
    // What was asked about is what goes.
    if (options.etag.empty() && options.confirmation == Confirmation::kAsk) {
      request.set_etag(job.etag());
    }
    google::protobuf::Empty nothing;
    status = context.connection.Call(request, &nothing);
    if (!status.ok()) return context.Fail(status);
    SayDeleted(context, job.name());
  }
  return ExitCode::kDone;
}

}  // namespace

void AddDelete(Command& program) {
  auto options = std::make_shared<DeleteOptions>();
  Command command = program.AddCommand(
      "delete", "Delete jobs with all that is recorded of them and their checkpoints");
  command.AddOption("JOB", options->jobs, "The jobs: jobs/ID, ID, or how ID begins").Required();
  command.AddFlag(
      "--yes", [options] { options->confirmation = Confirmation::kGiven; }, "Do not ask");
  command
      .AddOption("--etag", options->etag,
                 "Only where nobody has changed name, tags or note since: `etag` of `electra job "
                 "JOB --json`")
      .ValueName("ETAG")
      .Utf8();
  command.Footer(
      "Example:\n"
      "  electra delete 7f3a\n"
      "  electra delete --yes 7f3a 51c0\n\n"
      "A job that runs must be cancelled first. The corpus stays.");
  command.Runs([options](CommandContext& context) { return RunDelete(context, *options); });
}

}  // namespace electra::client
