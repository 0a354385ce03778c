#include <memory>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/i18n/message_values.h"
#include "client/rpc/job_list.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/views/job_text.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

struct JobsOptions {
  int64_t limit = 50;
};

std::vector<StyledText> JobCells(const CommandContext& context, const v1::Job& job) {
  const bool terminal = context.environment.out.is_terminal;
  return {ListId(context, ShortName(job.name())),
          job.display_name(),
          terminal ? StateLabel(job.state(), context.language) : v1::JobState_Name(job.state()),
          StepText(job),
          job.step() > 0 ? FormatLoss(job.last_step().combined_loss()) : "",
          ShortName(job.model()),
          terminal ? CorpusText(job) : ShortName(job.corpus()),
          ListTime(context, job.create_time()),
          TagText(job)};
}

ExitCode RunJobs(CommandContext& context, const JobsOptions& options) {
  const Labels& labels = context.labels();
  ListOutput list(context, {{labels.job},
                            {labels.name},
                            {labels.state, Align::kLeft, Fit::kWhole},
                            {labels.step, Align::kRight},
                            {"LOSS", Align::kRight},
                            {labels.model},
                            {labels.corpus},
                            {labels.created, Align::kLeft, Fit::kWhole},
                            {labels.tags}});
  const grpc::Status status =
      ForEachListedJob(context.connection, v1::ListJobsRequest(), options.limit,
                       [&](const v1::Job& job) { list.Add(job, JobCells(context, job)); });
  if (!status.ok()) return context.Fail(status);
  list.Finish();
  return ExitCode::kDone;
}

}  // namespace

void AddJobList(Command& parent, const std::string& name) {
  auto options = std::make_shared<JobsOptions>();
  Command command = parent.AddCommand(name, "List jobs, newest first");
  command.AddOption("--limit", options->limit, "Maximum number of jobs to list")
      .ShowDefault()
      .ValueName("N")
      .AtLeast(1);
  command.Footer(
      "Example:\n"
      "  electra jobs --limit 5\n"
      "  electra job list --json\n\n"
      "Text that does not fit in the terminal ends with …; electra jobs --wide shows all of it.\n"
      "In a pipe, prints one line per job without headings, with tab-separated fields:\n"
      "id, name, state, step/total, combined loss, model, corpus, time of submission, tags.");
  command.Runs([options](CommandContext& context) { return RunJobs(context, *options); });
}

}  // namespace electra::client
