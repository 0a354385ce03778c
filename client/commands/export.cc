#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/environment/progress_line.h"
#include "client/export/run_exporter.h"
#include "client/export/table.h"
#include "client/files/output_place.h"
#include "client/i18n/phrases.h"
#include "client/i18n/report_labels.h"
#include "client/rpc/call_outcome.h"
#include "client/rpc/json_output.h"
#include "client/rpc/run_history.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "electra/v1/job.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

struct ExportOptions {
  std::string job;
  std::string format;
  std::string directory;
  Existing existing = Existing::kRefuse;
  ByteOrderMark mark = ByteOrderMark::kNone;
};

CallOutcome ExportRun(CommandContext& context, const v1::Job& job, RunExporter& exporter) {
  ProgressLine progress(context.environment.err, context.environment.now);
  int64_t rows = 0;
  const auto add = [&](const auto& row) {
    if (++rows % 1000 == 0) {
      progress.Update(absl::Substitute(ReportLabelsFor(context.language).exporting,
                                       Visible(job.name()), FormatCount(rows)));
    }
    return exporter.Add(row);
  };
  CallOutcome outcome;
  outcome.local = exporter.Begin(job);
  const RunRange all{.job = job.name()};
  if (outcome.ok()) outcome = ForEachStep(context.connection, all, add);
  if (outcome.ok()) outcome = ForEachEvaluation(context.connection, job.name(), add);
  if (outcome.ok()) outcome = ForEachSample(context.connection, all, add);
  if (outcome.ok()) outcome.local = exporter.Finish();
  return outcome;
}

void Say(const CommandContext& context, const v1::Job& job, const ExportOptions& options,
         const OutputFolder& folder) {
  if (context.format == OutputFormat::kJson) {
    nlohmann::json files = nlohmann::json::array();
    for (const std::filesystem::path& file : folder.files()) files.push_back(file.string());
    WriteJsonLine(context.out(), nlohmann::json{{"job", job.name()},
                                                {"directory", Visible(options.directory)},
                                                {"files", files}});
    return;
  }
  context.out() << absl::Substitute(ReportLabelsFor(context.language).exported, Visible(job.name()),
                                    folder.files().size(), Visible(options.directory))
                << "\n";
}

ExitCode RunExport(CommandContext& context, const ExportOptions& options) {
  if (options.mark != ByteOrderMark::kNone && options.format != "csv") {
    return context.Fail(InvalidArgument(kPhrases.bom_is_for_csv, options.format));
  }
  v1::Job job;
  if (const CallOutcome found = GetJobMeant(context, options.job, &job); !found.ok()) {
    return context.Fail(found);
  }
  absl::StatusOr<std::unique_ptr<OutputFolder>> folder =
      OutputFolder::Create(options.directory, options.existing);
  if (!folder.ok()) return context.Fail(folder.status());
  absl::StatusOr<std::unique_ptr<RunExporter>> exporter =
      MakeExporter(options.format, {.cells = context.cells, .mark = options.mark}, **folder);
  if (!exporter.ok()) return context.Fail(exporter.status());
  if (const CallOutcome outcome = ExportRun(context, job, **exporter); !outcome.ok()) {
    return context.Fail(outcome);
  }
  if (absl::Status status = (*folder)->Finish(); !status.ok()) return context.Fail(status);
  Say(context, job, options, **folder);
  return ExitCode::kDone;
}

}  // namespace

void AddExport(Command& program) {
  auto options = std::make_shared<ExportOptions>();
  Command command = program.AddCommand("export", "Export a job's history to files for other tools");
  AddJobArgument(command, options->job).Required();
  command
      .AddOption("DIR", options->directory,
                 "Output folder, which may contain other files: for tensorboard the log folder, "
                 "for mlflow the tracking folder (mlruns)")
      .Required();
  command.AddOption("--format", options->format, "Output format").OneOf(ExportFormats()).Required();
  command.AddFlag(
      "--bom", [options] { options->mark = ByteOrderMark::kUtf8; },
      "With --format csv: begin the files with a byte order mark, so that Excel reads them as "
      "UTF-8");
  command.AddFlag(
      "--force", [options] { options->existing = Existing::kReplace; },
      "Overwrite existing files, for example of an earlier export");
  command.Footer(
      "Example:\n"
      "  electra export 7f3a --format csv run/        # steps, evaluations, samples, tokens\n"
      "  electra export 7f3a --format tensorboard runs/ && tensorboard --logdir runs\n"
      "  electra export 7f3a --format mlflow mlruns/ && mlflow ui --backend-store-uri mlruns\n\n"
      "MLflow 3 reads such a folder if MLFLOW_ALLOW_FILE_STORE=true is set;\n"
      "`mlflow migrate-filestore` moves it into a database.");
  command.Runs([options](CommandContext& context) { return RunExport(context, *options); });
}

}  // namespace electra::client
