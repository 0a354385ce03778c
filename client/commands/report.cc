#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/arguments.h"
#include "client/commands/commands.h"
#include "client/json_output.h"
#include "client/render/confusion_view.h"
#include "client/render/format.h"
#include "client/render/phrases.h"
#include "client/render/report_labels.h"
#include "client/render/visible_text.h"
#include "client/report/html_report.h"
#include "client/run_history.h"

namespace electra::client {
namespace {

// The server reads every sample for it, which takes longer than other answers where there are many.
constexpr absl::Duration kLongestCount = absl::Minutes(5);

grpc::Status GetConfusions(CommandContext& context, const v1::Job& job,
                           const ReportOptions& options, v1::Confusions* confusions) {
  v1::GetConfusionsRequest request;
  request.set_name(job.name());
  request.set_first_step(options.first_step);
  request.set_last_step(options.last_step);
  request.set_limit(options.limit);
  return context.connection.CallWithin(
      std::max(context.connection.timeout(), kLongestCount), context.connection.history(),
      &v1::HistoryService::Stub::GetConfusions, request, confusions);
}

CallOutcome FillReport(CommandContext& context, const v1::Job& job, const ReportOptions& options,
                       HtmlReport& report) {
  const auto add = [&](const auto& row) {
    report.Add(row);
    return absl::OkStatus();
  };
  const RunRange range{
      .job = job.name(), .first_step = options.first_step, .last_step = options.last_step};
  CallOutcome outcome = ForEachStep(context, range, add);
  if (outcome.ok()) outcome = ForEachEvaluation(context, job.name(), add);
  if (outcome.ok()) outcome = ForEachSample(context, range, add);
  return outcome;
}

absl::Status WriteText(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (out) return absl::OkStatus();
  return FailedPrecondition(kPhrases.disk_full, Visible(path.string()));
}

ExitCode WriteHtml(CommandContext& context, const v1::Job& job, const v1::Confusions& confusions,
                   const ReportOptions& options) {
  HtmlReport report(job, context.language);
  report.SetConfusions(confusions);
  if (const CallOutcome outcome = FillReport(context, job, options, report); !outcome.ok()) {
    return Fail(context, outcome);
  }
  const std::string page = report.Render();
  const absl::Status status =
      WriteFileInPlace(*options.html, options.existing,
                       [&](const std::filesystem::path& path) { return WriteText(path, page); });
  if (!status.ok()) return context.Fail(status);
  const auto size = static_cast<int64_t>(page.size());
  if (context.format == OutputFormat::kJson) {
    context.out() << nlohmann::json{{"file", Visible(*options.html)}, {"size_bytes", size}}.dump()
                  << "\n";
  } else {
    context.out() << absl::Substitute(ReportLabelsFor(context.language).written,
                                      Visible(*options.html), FormatBytes(size))
                  << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace

void AddReport(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command =
      app.add_subcommand("report", "Show what a job's model confuses, or write its run as a page");
  command->add_option("JOB", options->job, "The job: jobs/ID, ID, or how ID begins")->required();
  command->add_option("--from", options->first_step, "First step that counts")
      ->type_name("N")
      ->check(AtLeast(1));
  command->add_option("--to", options->last_step, "Last step that counts")
      ->type_name("N")
      ->check(AtLeast(1));
  command->add_option("--limit", options->limit, "Rows of each table, at most 1000")
      ->type_name("N")
      ->check(AtLeast(1))
      ->capture_default_str();
  command
      ->add_option("--html", options->html,
                   "Write one page that needs no network: curves, sentences with a slider through "
                   "the steps, tables, settings")
      ->type_name("FILE");
  command->add_flag_callback(
      "--force", [options] { options->existing = Existing::kReplace; },
      "Replace the file where it is there");
  command->footer(
      "Example:\n"
      "  electra report 7f3a --limit 10\n"
      "  electra report 7f3a --html run.html\n\n"
      "Counted are the recorded samples of the job's batches; probe sentences are left out.");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunReport(context, *options); };
  });
}

ExitCode RunReport(CommandContext& context, const ReportOptions& options) {
  v1::Job job;
  if (const grpc::Status status = GetRun(context, JobName(options.job), &job); !status.ok()) {
    return context.Fail(status);
  }
  v1::Confusions confusions;
  if (const grpc::Status status = GetConfusions(context, job, options, &confusions); !status.ok()) {
    return context.Fail(status);
  }
  if (options.html) return WriteHtml(context, job, confusions, options);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), confusions);
    return ExitCode::kDone;
  }
  const Output& output = context.environment.out;
  const SampleViewOptions view{
      .language = context.language, .width = output.RenderWidth(), .color = output.color};
  context.out() << RenderRun(job, view) << "\n" << RenderConfusions(confusions, view);
  return ExitCode::kDone;
}

}  // namespace electra::client
