#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
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

struct HistoryOptions {
  std::string filter;
  std::string order_by;
  int64_t limit = 50;
};

// Cell widths: below the first, the description of a run is in one column of several lines; below
// the second, its submission time too. So no number is broken.
constexpr int kWideTerminal = 120;
constexpr int kNarrowTerminal = 80;

enum class JobsLayout { kWide, kMedium, kNarrow };

JobsLayout LayoutFor(const CommandContext& context) {
  const Output& output = context.environment.out;
  const bool is_wide = !output.is_terminal || output.wide || output.width() >= kWideTerminal;
  if (is_wide) return JobsLayout::kWide;
  return output.width() >= kNarrowTerminal ? JobsLayout::kMedium : JobsLayout::kNarrow;
}

std::vector<Column> Columns(const CommandContext& context) {
  const Labels& labels = context.labels();
  const Column step{labels.step, Align::kRight};
  const Column best{labels.best_loss, Align::kRight};
  const JobsLayout layout = LayoutFor(context);
  if (layout == JobsLayout::kNarrow)
    return {{labels.job}, {labels.name}, {labels.state}, step, best};
  if (layout == JobsLayout::kMedium) {
    return {{labels.job}, {labels.name}, {labels.state}, step, best, {labels.created}};
  }
  return {{labels.job},     {labels.name}, {labels.state}, {labels.model},
          {labels.corpus},  step,          best,           {labels.run_time, Align::kRight},
          {labels.created}, {labels.tags}};
}

std::string TimeText(const CommandContext& context, const v1::Job& job) {
  const absl::Duration time = RunTime(job, context.environment.now());
  if (!job.has_start_time()) return "";
  return context.environment.out.is_terminal ? FormatElapsed(time)
                                             : absl::StrCat(absl::ToInt64Seconds(time));
}

// Name, then model, corpus, tags and `more`, fainter.
StyledText Summary(const v1::Job& job, const std::string& more = "") {
  StyledText text(job.display_name());
  for (const std::string& part : {ShortName(job.model()), CorpusText(job), TagText(job), more}) {
    if (part.empty()) continue;
    if (!text.empty()) text.Append(" ");
    text.Append(part, Style::kFaint);
  }
  return text;
}

std::vector<StyledText> Cells(const CommandContext& context, const v1::Job& job) {
  const std::string state = context.environment.out.is_terminal
                                ? StateLabel(job.state(), context.language)
                                : v1::JobState_Name(job.state());
  const std::string best =
      job.has_best_evaluation() ? FormatLoss(job.best_evaluation().combined_loss()) : "";
  const std::string created = ListTime(context, job.create_time());
  const std::string id = ListId(context, ShortName(job.name()));
  const JobsLayout layout = LayoutFor(context);
  if (layout == JobsLayout::kNarrow) {
    return {id, Summary(job, created), state, StepText(job), best};
  }
  if (layout == JobsLayout::kMedium) {
    return {id, Summary(job), state, StepText(job), best, created};
  }
  return {id,
          job.display_name(),
          state,
          ShortName(job.model()),
          CorpusText(job),
          StepText(job),
          best,
          TimeText(context, job),
          created,
          TagText(job)};
}

ExitCode RunHistory(CommandContext& context, const HistoryOptions& options) {
  const Overflow overflow =
      LayoutFor(context) == JobsLayout::kWide ? Overflow::kCut : Overflow::kWrap;
  ListOutput list(context, Columns(context), overflow);
  v1::ListJobsRequest request;
  request.set_filter(options.filter);
  request.set_order_by(options.order_by);
  const grpc::Status status =
      ForEachListedJob(context.connection, request, options.limit,
                       [&](const v1::Job& job) { list.Add(job, Cells(context, job)); });
  if (!status.ok()) return context.Fail(status);
  list.Finish();
  return ExitCode::kDone;
}

}  // namespace

void AddHistory(Command& program) {
  auto options = std::make_shared<HistoryOptions>();
  Command command = program.AddCommand("history", "Search jobs by settings, state and results");
  command.AddOption("--filter", options->filter, "List only jobs that match this filter")
      .ValueName("FILTER")
      .Utf8();
  command
      .AddOption("--sort", options->order_by,
                 "Sort by these fields, ascending unless followed by `desc`")
      .ValueName("FIELD[ desc],...")
      .Utf8();
  command.AddOption("--limit", options->limit, "Maximum number of jobs to list")
      .ShowDefault()
      .ValueName("N")
      .AtLeast(1);
  command.Footer(
      "Example:\n"
      "  electra history --filter 'state=SUCCEEDED AND model=small AND eval_loss<12'\n"
      "  electra history --filter 'created>2026-11-01 AND tags.sweep=lr' --sort eval_loss\n"
      "  electra history --filter 'hyperparameters.learning_rate<1e-4 OR name:books' --limit 5\n"
      "  electra history --filter books          # in the name, note, corpus, model or a tag\n\n"
      "Fields: state, name, id, model, corpus, corpus_display_name, note, device, reason,\n"
      "submitted_by, eval_loss (of the best evaluation), step, total_steps, skipped_steps,\n"
      "priority, created, started, ended, updated, tags.KEY, hyperparameters.KEY.\n"
      "Operators: = != < <= > >= and : (text contains; FIELD:* means that the field is set); * at "
      "the\n"
      "beginning or end of a text matches anything. AND, OR (binds tighter), NOT or -, ( ).\n"
      "Days and times are UTC unless they say otherwise.\n\n"
      "In a pipe, prints one line per job without headings, with tab-separated fields:\n"
      "id, name, state, model, corpus, step/total, best evaluation, seconds of training, time of\n"
      "submission, tags.");
  command.Runs([options](CommandContext& context) { return RunHistory(context, *options); });
}

}  // namespace electra::client
