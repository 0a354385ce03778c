#include "client/commands/confirm.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/rpc/job_list.h"
#include "client/shell/list_output.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "electra/v1/job.pb.h"

namespace electra::client {
namespace {

constexpr int kMostJobsShown = 10;

// A line for each job that `filter` finds, newest first.
grpc::Status ReferringJobs(CommandContext& context, const std::string& filter, std::string* lines) {
  v1::ListJobsRequest request;
  request.set_filter(filter);
  int found = 0;
  return ForEachListedJob(context.connection, request, kMostJobsShown + 1, [&](const v1::Job& job) {
    absl::StrAppend(
        lines, "  ",
        ++found > kMostJobsShown
            ? std::string(kPhrases.and_others.In(context.language))
            : Visible(absl::StrCat(ShortName(job.name()), "  ",
                                   StateLabel(job.state(), context.language), "  ",
                                   ListTime(context, job.create_time()), "  ", job.display_name())),
        "\n");
  });
}

}  // namespace

void AddYesFlag(Command& command, Confirmation& confirmation) {
  command.AddFlag(
      "--yes", [&confirmation] { confirmation = Confirmation::kGiven; },
      "Do not ask for confirmation");
}

absl::StatusOr<bool> Confirm(const CommandContext& context, const std::string& question) {
  const absl::StatusOr<std::string> answer = context.environment.ask(question);
  if (!answer.ok()) return InvalidArgument(kPhrases.cannot_confirm, answer.status());
  const std::string word = absl::AsciiStrToLower(absl::StripAsciiWhitespace(*answer));
  return word == "y" || word == "yes" || word == "예" || word == "네";
}

CallOutcome ConfirmReferred(CommandContext& context, const std::string& name,
                            const std::string& filter, const std::string& question,
                            bool* confirmed) {
  CallOutcome outcome;
  std::string jobs;
  outcome.remote = ReferringJobs(context, filter, &jobs);
  if (!outcome.ok()) return outcome;
  const Phrase& heading = jobs.empty() ? kPhrases.no_referring_job : kPhrases.referring_jobs;
  const absl::StatusOr<bool> answer =
      Confirm(context,
              absl::StrCat(Say(heading, Visible(name)).In(context.language), "\n", jobs, question));
  outcome.local = answer.status();
  *confirmed = answer.value_or(false);
  return outcome;
}

}  // namespace electra::client
