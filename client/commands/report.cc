#include <fstream>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/files/output_place.h"
#include "client/i18n/phrases.h"
#include "client/i18n/report_labels.h"
#include "client/rpc/call_outcome.h"
#include "client/rpc/json_output.h"
#include "client/rpc/run_history.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "client/views/confusion_view.h"
#include "client/views/html_report.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"

namespace electra::client {
namespace {

// The source of a report's counts.
enum class ReportSource { kAll, kSamples, kEvaluation, kBestEvaluation };

struct ReportOptions {
  std::string job;
  // Not given: both the last evaluation and the samples, or, where steps are chosen, the samples.
  std::optional<ReportSource> source;
  int64_t first_step = 0;
  int64_t last_step = 0;            // 0: to the end
  int32_t limit = 20;               // rows of each table
  std::optional<std::string> html;  // a file to write instead
  Existing existing = Existing::kRefuse;
};

// The server reads every sample for the counts, so many samples take longer than other answers.
constexpr absl::Duration kLongestCount = absl::Minutes(5);

const std::map<std::string, ReportSource> kSources = {{"all", ReportSource::kAll},
                                                      {"samples", ReportSource::kSamples},
                                                      {"evaluation", ReportSource::kEvaluation},
                                                      {"best", ReportSource::kBestEvaluation}};

std::vector<v1::ConfusionSource> SourcesOf(const ReportOptions& options) {
  const bool chose_steps = options.first_step > 0 || options.last_step > 0;
  switch (options.source.value_or(chose_steps ? ReportSource::kSamples : ReportSource::kAll)) {
    case ReportSource::kSamples:
      return {v1::CONFUSION_SOURCE_SAMPLES};
    case ReportSource::kEvaluation:
      return {v1::CONFUSION_SOURCE_LAST_EVALUATION};
    case ReportSource::kBestEvaluation:
      return {v1::CONFUSION_SOURCE_BEST_EVALUATION};
    case ReportSource::kAll:
      break;
  }
  return {v1::CONFUSION_SOURCE_LAST_EVALUATION, v1::CONFUSION_SOURCE_SAMPLES};
}

// Gets the confusions of each source. With several sources, leaves out empty ones, except the last,
// and ones that the server does not know.
grpc::Status GetConfusions(CommandContext& context, const v1::Job& job,
                           const ReportOptions& options, std::vector<v1::Confusions>* found) {
  v1::GetConfusionsRequest request;
  request.set_name(job.name());
  request.set_first_step(options.first_step);
  request.set_last_step(options.last_step);
  request.set_limit(options.limit);
  const std::vector<v1::ConfusionSource> sources = SourcesOf(options);
  for (const v1::ConfusionSource source : sources) {
    request.set_source(source);
    v1::Confusions confusions;
    grpc::Status status = context.connection.CallWithin(
        std::max(context.connection.timeout(), kLongestCount), request, &confusions);
    if (!status.ok()) return status;
    if (source != v1::CONFUSION_SOURCE_SAMPLES && confusions.source() != source) {
      confusions.Clear();  // an older server has counted samples
      confusions.set_source(source);
    }
    found->push_back(std::move(confusions));
  }
  if (found->size() > 1) {
    std::erase_if(*found, [&](const v1::Confusions& confusions) {
      return confusions.sample_count() == 0 && &confusions != &found->back();
    });
  }
  return grpc::Status::OK;
}

CallOutcome FillReport(CommandContext& context, const v1::Job& job, const ReportOptions& options,
                       HtmlReport& report) {
  const auto add = [&](const auto& row) {
    report.Add(row);
    return absl::OkStatus();
  };
  const RunRange range{
      .job = job.name(), .first_step = options.first_step, .last_step = options.last_step};
  CallOutcome outcome = ForEachStep(context.connection, range, add);
  if (outcome.ok()) outcome = ForEachEvaluation(context.connection, job.name(), add);
  if (outcome.ok()) outcome = ForEachSample(context.connection, range, add);
  return outcome;
}

absl::Status WriteText(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (out) return absl::OkStatus();
  return FailedPrecondition(kPhrases.disk_full, Visible(path.string()));
}

ExitCode WriteHtml(CommandContext& context, const v1::Job& job,
                   const std::vector<v1::Confusions>& found, const ReportOptions& options) {
  HtmlReport report(job, context.language);
  for (const v1::Confusions& confusions : found) report.Add(confusions);
  if (const CallOutcome outcome = FillReport(context, job, options, report); !outcome.ok()) {
    return context.Fail(outcome);
  }
  const std::string page = report.Render();
  const absl::Status status =
      WriteFileInPlace(*options.html, options.existing,
                       [&](const std::filesystem::path& path) { return WriteText(path, page); });
  if (!status.ok()) return context.Fail(status);
  const auto size = static_cast<int64_t>(page.size());
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(),
                  nlohmann::json{{"file", Visible(*options.html)}, {"size_bytes", size}});
  } else {
    context.out() << absl::Substitute(ReportLabelsFor(context.language).written,
                                      Visible(*options.html), FormatBytes(size))
                  << "\n";
  }
  return ExitCode::kDone;
}

ExitCode RunReport(CommandContext& context, const ReportOptions& options) {
  if (absl::Status status = CheckSteps(options.first_step, options.last_step); !status.ok()) {
    return context.Fail(status);
  }
  v1::Job job;
  if (const CallOutcome found = GetJobMeant(context, options.job, &job); !found.ok()) {
    return context.Fail(found);
  }
  std::vector<v1::Confusions> found;
  if (const grpc::Status status = GetConfusions(context, job, options, &found); !status.ok()) {
    return context.Fail(status);
  }
  if (options.html) return WriteHtml(context, job, found, options);
  if (context.format == OutputFormat::kJson) {
    for (const v1::Confusions& confusions : found) WriteJsonLine(context.out(), confusions);
    return ExitCode::kDone;
  }
  const Output& output = context.environment.out;
  const SampleViewOptions view{.language = context.language,
                               .width = output.RenderWidth(),
                               .color = output.color,
                               .charset = output.charset};
  context.out() << RenderRun(job, view);
  for (const v1::Confusions& confusions : found) {
    context.out() << "\n" << RenderConfusions(confusions, view);
  }
  return ExitCode::kDone;
}

}  // namespace

void AddReport(Command& program) {
  auto options = std::make_shared<ReportOptions>();
  Command command = program.AddCommand(
      "report", "Show the tokens that a model confuses, or write a job as an HTML page");
  AddJobArgument(command, options->job).Required();
  command
      .AddOption(
          "--source",
          [options](const std::string& name) {
            options->source = kSources.at(name);
            return absl::OkStatus();
          },
          "Count in the recorded samples, in the last or the best evaluation, or in the samples "
          "and the last evaluation (all)")
      .OneOf({"all", "samples", "evaluation", "best"});
  command.AddOption("--from", options->first_step, "First step whose samples are counted")
      .ValueName("N")
      .AtLeast(1);
  command.AddOption("--to", options->last_step, "Last step whose samples are counted")
      .ValueName("N")
      .AtLeast(1);
  command.AddOption("--limit", options->limit, "Maximum number of rows in each table, up to 1000")
      .ValueName("N")
      .AtLeast(1)
      .ShowDefault();
  command
      .AddOption("--html", options->html,
                 "Write a self-contained page: curves, sentences with a slider over the steps, "
                 "tables, settings")
      .ValueName("FILE");
  command.AddFlag(
      "--force", [options] { options->existing = Existing::kReplace; },
      "Overwrite an existing file");
  command.Footer(
      "Example:\n"
      "  electra report 7f3a --limit 10\n"
      "  electra report 7f3a --source best\n"
      "  electra report 7f3a --html run.html\n\n"
      "An evaluation reads held-out text with the same masks every time; the last one and the "
      "best\n"
      "one are kept. Samples are single sentences of the training batches, without probe "
      "sentences.\n"
      "With --from or --to, only samples are counted unless --source says otherwise.");
  command.Runs([options](CommandContext& context) { return RunReport(context, *options); });
}

}  // namespace electra::client
