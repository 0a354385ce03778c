#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/environment/progress_line.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/jobfile/job_config.h"
#include "client/jobfile/submission.h"
#include "client/rpc/call_outcome.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "client/transfer/upload.h"
#include "client/views/finetuning_view.h"
#include "electra/v1/corpus.pb.h"
#include "electra/v1/finetuning.pb.h"
#include "electra/v1/job.pb.h"
#include "google/protobuf/empty.pb.h"

namespace electra::client {
namespace {

enum class AfterFinetune { kWatch, kReturn };

struct FinetuneOptions {
  std::string job;
  JobConfig data;  // its corpus: a file, or "corpora/ID"
  std::string label;
  int32_t seeds = 5;
  double epochs = 3;
  double learning_rate = 0;
  int32_t batch_size = 32;
  int32_t max_length = 128;
  double test_percentage = 20;
  AfterFinetune after = AfterFinetune::kWatch;
  bool cancel = false;
  std::string deleted;  // id of a fine-tuning
};

constexpr absl::Duration kBetweenLooks = absl::Seconds(1);

bool HasEnded(const v1::Finetuning& finetuning) {
  return finetuning.state() != v1::QUEUED && finetuning.state() != v1::RUNNING;
}

std::string FinetuningName(const std::string& given) {
  return absl::StartsWith(given, "finetunings/") ? given : absl::StrCat("finetunings/", given);
}

CallOutcome Create(CommandContext& context, const FinetuneOptions& options,
                   v1::Finetuning* finetuning) {
  v1::CreateFinetuningRequest request;
  CallOutcome outcome = FindJob(context, options.job, request.mutable_job());
  if (!outcome.ok()) return outcome;
  request.set_corpus(*options.data.corpus);
  if (!IsOnServer(*options.data.corpus)) {
    const absl::StatusOr<UploadOptions> upload = UploadOf(options.data);
    if (!upload.ok()) return {.local = upload.status()};
    UploadOutcome sent = UploadCorpus(context, *upload);
    outcome = {.local = std::move(sent.local), .remote = std::move(sent.remote)};
    if (!outcome.ok()) return outcome;
    request.set_corpus(sent.corpus.name());
  }
  request.set_label_column(options.label);
  v1::FinetuningSettings& settings = *request.mutable_settings();
  settings.set_seed_count(options.seeds);
  settings.set_epochs(options.epochs);
  settings.set_learning_rate(options.learning_rate);
  settings.set_batch_size(options.batch_size);
  settings.set_max_length(options.max_length);
  settings.set_test_percentage(options.test_percentage);
  // The server reads all of the text first.
  outcome.remote = context.connection.CallWithin(
      std::max(context.connection.timeout(), kLongestAnswer), request, finetuning);
  return outcome;
}

// A server may send any number.
int RunPercent(const v1::Finetuning& finetuning) {
  const double share = finetuning.run_progress();
  return share > 0 && share <= 1 ? static_cast<int>(100 * share) : 0;
}

std::string ProgressText(const CommandContext& context, const v1::Finetuning& finetuning) {
  if (finetuning.state() == v1::QUEUED) {
    return kPhrases.finetuning_waits.In(context.language);
  }
  return absl::Substitute(kPhrases.finetuning_runs.In(context.language), finetuning.runs_size(),
                          finetuning.total_runs(), RunPercent(finetuning));
}

// Until it has ended, or the user does not want to wait any more.
grpc::Status Watch(CommandContext& context, v1::Finetuning* finetuning) {
  ProgressLine progress(context.environment.err, context.environment.now);
  v1::GetFinetuningRequest request;
  request.set_name(finetuning->name());
  while (!HasEnded(*finetuning) && !context.environment.interruption->triggered()) {
    progress.Update(ProgressText(context, *finetuning));
    context.environment.wait(kBetweenLooks);
    if (context.environment.interruption->triggered()) break;
    const grpc::Status status = context.connection.Call(request, finetuning);
    if (!status.ok() && !context.environment.interruption->triggered()) return status;
  }
  return grpc::Status::OK;
}

void ShowFinetuning(CommandContext& context, const v1::Finetuning& finetuning) {
  if (context.format == OutputFormat::kJson) return WriteJsonLine(context.out(), finetuning);
  const Language language = context.language;
  const auto label = [language](const Phrase& phrase) { return phrase.In(language); };
  const Labels& labels = context.labels();
  FactOutput facts(context);
  facts.Add("name", label(kPhrases.finetuning), finetuning.name());
  facts.Add("state", labels.state,
            context.environment.out.is_terminal ? StateLabel(finetuning.state(), language)
                                                : v1::JobState_Name(finetuning.state()));
  facts.Add("reason", labels.reason,
            InLanguage(ServerMessage(finetuning.reason(), finetuning.reason_code()), language));
  facts.Add("data", labels.corpus,
            absl::StrCat(TaskName(finetuning), " · ",
                         absl::Substitute(kPhrases.finetuning_rows.In(language),
                                          FormatCount(finetuning.row_count()),
                                          FormatCount(finetuning.class_count()),
                                          FormatCount(finetuning.left_out_row_count()))));
  facts.Add("base_model", label(kPhrases.finetuning_base_model),
            finetuning.base_model().empty() ? label(kPhrases.finetuning_random)
                                            : finetuning.base_model());
  facts.Add("base", label(kPhrases.finetuning_base),
            finetuning.has_base() ? ScoresText(finetuning.base(), language) : "");
  facts.Add("adapted", label(kPhrases.finetuning_adapted),
            finetuning.has_adapted() ? ScoresText(finetuning.adapted(), language) : "");
  const std::optional<Gain> gain = GainOf(finetuning);
  facts.Add("gain", label(kPhrases.finetuning_difference), gain ? GainText(*gain, language) : "");
  facts.Finish();
}

ExitCode RunCreate(CommandContext& context, const FinetuneOptions& options) {
  if (!options.data.corpus || options.label.empty()) {
    return context.Fail(
        InvalidArgument(kPhrases.missing_argument, options.data.corpus ? "--label" : "--data"));
  }
  v1::Finetuning finetuning;
  if (const CallOutcome created = Create(context, options, &finetuning); !created.ok()) {
    return context.Fail(created);
  }
  if (options.after == AfterFinetune::kWatch) {
    if (const grpc::Status status = Watch(context, &finetuning); !status.ok()) {
      return context.Fail(status);
    }
    if (!HasEnded(finetuning)) {
      *context.environment.err.stream
          << Say(kPhrases.finetuning_goes_on, Visible(finetuning.job())).In(context.language)
          << "\n";
      return ExitCode::kInterrupted;
    }
  }
  ShowFinetuning(context, finetuning);
  const bool is_lost = finetuning.state() == v1::FAILED || finetuning.state() == v1::CANCELLED;
  return is_lost ? ExitCode::kJobFailed : ExitCode::kDone;
}

// All that have not ended.
ExitCode RunCancelAll(CommandContext& context, const FinetuneOptions& options) {
  v1::Job job;
  if (const CallOutcome found = GetJobMeant(context, options.job, &job); !found.ok()) {
    return context.Fail(found);
  }
  for (const v1::Finetuning& finetuning : job.finetunings()) {
    if (HasEnded(finetuning)) continue;
    v1::CancelFinetuningRequest request;
    request.set_name(finetuning.name());
    v1::Finetuning cancelled;
    const grpc::Status status = context.connection.Call(request, &cancelled);
    if (!status.ok()) return context.Fail(status);
    ShowFinetuning(context, cancelled);
  }
  return ExitCode::kDone;
}

ExitCode RunDeleteFinetuning(CommandContext& context, const std::string& id) {
  v1::DeleteFinetuningRequest request;
  request.set_name(FinetuningName(id));
  google::protobuf::Empty nothing;
  const grpc::Status status = context.connection.Call(request, &nothing);
  if (!status.ok()) return context.Fail(status);
  SayDeleted(context, request.name());
  return ExitCode::kDone;
}

ExitCode RunFinetune(CommandContext& context, const FinetuneOptions& options) {
  if (!options.deleted.empty()) return RunDeleteFinetuning(context, options.deleted);
  if (options.cancel) return RunCancelAll(context, options);
  return RunCreate(context, options);
}

void AddData(Command& command, FinetuneOptions& options) {
  JobConfig& data = options.data;
  command
      .AddOption("--data", data.corpus,
                 "CSV, TSV or JSONL file with a text and a label in each row, or corpora/ID")
      .ValueName("FILE");
  command.AddOption("--text", data.column, "Column (CSV, TSV) or field (JSONL) of the text")
      .ValueName("NAME")
      .Utf8();
  command.AddOption("--label", options.label, "Column or field of the label")
      .ValueName("NAME")
      .Utf8();
  command.AddOption("--format", data.format, "File format (default: from the file extension)")
      .OneOf({"csv", "tsv", "jsonl"});
  command
      .AddOption("--encoding", data.encoding,
                 "Character encoding: cp949, euc-kr, utf-16, ... (default utf-8); a byte order "
                 "mark takes precedence")
      .ValueName("NAME")
      .Utf8();
  command
      .AddOption(
          "--quoting", data.quoting,
          "What quotes mean in a csv or tsv: none, they are text; csv, they enclose a field, "
          "which may hold line ends (default: by the format)")
      .OneOf({"none", "csv"});
}

void AddSettings(Command& command, FinetuneOptions& options) {
  command.AddOption("--seeds", options.seeds, "Runs of each model")
      .ValueName("N")
      .Between(1, 20)
      .ShowDefault();
  command.AddOption("--epochs", options.epochs, "Passes over the rows that are trained on")
      .ValueName("N")
      .ShowDefault();
  command
      .AddOption("--learning-rate", options.learning_rate,
                 "Highest learning rate (default: 1e-4; 5e-5 for a hidden size of 1024 or more)")
      .ValueName("RATE");
  command.AddOption("--batch-size", options.batch_size, "Rows of a step")
      .ValueName("N")
      .Between(1, 1024)
      .ShowDefault();
  command.AddOption("--max-length", options.max_length, "Tokens of a text; the rest is cut off")
      .ValueName("N")
      .Between(8, 4096)
      .ShowDefault();
  command.AddOption("--test", options.test_percentage, "Rows of each class that are tested on")
      .ValueName("PERCENT")
      .ShowDefault();
}

}  // namespace

void AddFinetune(Command& program) {
  auto options = std::make_shared<FinetuneOptions>();
  Command command = program.AddCommand(
      "finetune", "Compare a job's model and its base, fine-tuned on your labelled data");
  AddJobArgument(command, options->job).Required();
  AddData(command, *options);
  AddSettings(command, *options);
  command.AddFlag(
      "--detach", [options] { options->after = AfterFinetune::kReturn; },
      "Return at once; `electra job show` has the result later");
  command.AddFlag("--cancel", options->cancel, "Cancel the job's fine-tunings that have not ended");
  command.AddOption("--delete", options->deleted, "Delete this fine-tuning and its model")
      .ValueName("ID")
      .Utf8();
  command.Footer(
      "Example:\n"
      "  electra finetune 7f3a --data reviews.tsv --text review --label stars\n"
      "  electra model download finetunings/51c0 reviews-model\n\n"
      "Trains a classifier on each of the two discriminators, several times with different seeds,\n"
      "and tests it on rows that it was not trained on. Both have the same rows for the same "
      "seed.\n"
      "Runs on devices that no job wants, and makes room when a job comes. Ctrl-C ends the\n"
      "waiting, not the fine-tuning.");
  command.Runs([options](CommandContext& context) { return RunFinetune(context, *options); });
}

}  // namespace electra::client
