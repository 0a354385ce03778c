#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/i18n/phrases.h"
#include "client/shell/arguments.h"
#include "client/shell/list_output.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

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

}  // namespace

void AddDelete(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<DeleteOptions>();
  CLI::App* command = app.add_subcommand(
      "delete", "Delete jobs with all that is recorded of them and their checkpoints");
  command->add_option("JOB", options->jobs, "The jobs: jobs/ID, ID, or how ID begins")->required();
  command->add_flag_callback(
      "--yes", [options] { options->confirmation = Confirmation::kGiven; }, "Do not ask");
  command
      ->add_option("--etag", options->etag,
                   "Only where nobody has changed name, tags or note since: `etag` of `electra job "
                   "JOB --json`")
      ->type_name("ETAG")
      ->check(Utf8());
  command->footer(
      "Example:\n"
      "  electra delete 7f3a\n"
      "  electra delete --yes 7f3a 51c0\n\n"
      "A job that runs must be cancelled first. The corpus stays.");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunDelete(context, *options); };
  });
}

ExitCode RunDelete(CommandContext& context, const DeleteOptions& options) {
  for (const std::string& name : options.jobs) {
    v1::GetJobRequest get;
    get.set_name(JobName(name));
    v1::Job job;
    grpc::Status status = context.connection.Call(context.connection.jobs(),
                                                  &v1::JobService::Stub::GetJob, get, &job);
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
    status = context.connection.Call(context.connection.jobs(), &v1::JobService::Stub::DeleteJob,
                                     request, &nothing);
    if (!status.ok()) return context.Fail(status);
    SayDeleted(context, job.name());
  }
  return ExitCode::kDone;
}

}  // namespace electra::client
