#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/commands/prepared_submission.h"
#include "client/commands/queue_jobs.h"
#include "client/commands/submit_options.h"
#include "client/files/uuid.h"
#include "client/i18n/phrases.h"
#include "client/jobfile/dry_run.h"
#include "client/jobfile/request_check.h"
#include "client/rpc/await_server.h"
#include "client/rpc/call_outcome.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "client/transfer/model_fetch.h"
#include "client/transfer/upload.h"
#include "core/base/hub_name.h"
#include "electra/v1/corpus.pb.h"
#include "electra/v1/job.pb.h"

namespace electra::client {
namespace {

grpc::Status Awaiting(CommandContext& context, const std::function<grpc::Status()>& call) {
  return AwaitServer(context.environment, context.connection, context.language, call);
}

void SayUploaded(const CommandContext& context, const v1::Corpus& corpus) {
  const Output& err = context.environment.err;
  // Programs are told of changed text too: nobody should find out from the model.
  if (corpus.skipped_sample_count() + corpus.replaced_sample_count() > 0) {
    *err.stream << absl::Substitute(context.labels().invalid_text, Visible(corpus.file_name()),
                                    FormatCount(corpus.skipped_sample_count()),
                                    FormatCount(corpus.replaced_sample_count()))
                << "\n";
  }
  // A job's numbers do not show that a quote swallowed lines.
  if (corpus.multi_line_sample_count() > 0) {
    *err.stream << Say(kPhrases.quotes_over_lines, Visible(corpus.file_name()),
                       FormatCount(corpus.multi_line_sample_count()),
                       FormatCount(corpus.longest_quote_begin()),
                       FormatCount(corpus.longest_quote_end()))
                       .In(context.language)
                << "\n";
  }
  if (!err.is_terminal) return;
  *err.stream << absl::Substitute(context.labels().uploaded, Visible(corpus.file_name()),
                                  Visible(corpus.name()), FormatCount(corpus.sample_count()))
              << "\n";
}

ExitCode DryRun(CommandContext& context, const Submission& submission) {
  const absl::StatusOr<std::vector<v1::SubmitJobRequest>> requests = RequestsOf(submission, "");
  if (!requests.ok()) return context.Fail(requests.status());
  v1::CorpusSample sample;
  if (submission.uploads()) {
    absl::StatusOr<v1::CorpusSample> read =
        ReadSample(submission.upload, submission.request.vocabulary().size());
    if (!read.ok()) return context.Fail(read.status());
    sample = *std::move(read);
  }
  std::vector<std::pair<std::string, v1::JobEstimate>> estimates;
  for (const v1::SubmitJobRequest& one : *requests) {
    v1::EstimateJobRequest request = EstimateRequest(one);
    if (submission.uploads()) *request.mutable_sample() = sample;
    if (absl::Status status = AddOtherSamples(submission.others, request); !status.ok()) {
      return context.Fail(status);
    }
    v1::JobEstimate estimate;
    const grpc::Status status =
        Awaiting(context, [&] { return Estimate(context, request, &estimate); });
    if (!status.ok()) return context.Fail(status);
    estimates.emplace_back(one.display_name(), std::move(estimate));
  }
  if (submission.points.empty()) {
    ShowEstimate(context, submission.corpus_label(), estimates.front().second);
  } else {
    ShowEstimates(context, estimates);
  }
  return ExitCode::kDone;
}

// Finds refusals before a byte of a corpus is sent, or the first job of a sweep is queued.
CallOutcome CheckFirst(CommandContext& context, const Submission& submission,
                       const std::vector<v1::SubmitJobRequest>& requests) {
  if (!submission.uploads() && submission.others.empty() && submission.points.empty()) return {};
  CallOutcome outcome;
  outcome.remote = Awaiting(context, [&] {
    outcome = CheckRequests(context, requests, submission.uploads() ? &submission.upload : nullptr,
                            submission.others);
    return outcome.remote;
  });
  return outcome;
}

// A model by its name on the Hugging Face hub, fetched if it is not on the server yet. A dry run
// fetches nothing.
CallOutcome ChooseHubModel(CommandContext& context, SubmitMode mode, Submission& submission) {
  const std::string given = submission.config.model.value_or("");
  if (!IsHubName(given)) return {};
  v1::Model model;
  CallOutcome outcome;
  if (mode == SubmitMode::kEstimate) {
    outcome = FindFetchedModel(context, given, &model);
  } else {
    v1::FetchModelRequest request;
    request.set_pair(given);
    outcome = FetchModel(context, request, &model);
    if (outcome.ok()) SayNotes(context, model);
  }
  submission.request.set_model(model.name());
  return outcome;
}

// `corpus` becomes the name of the uploaded corpus.
CallOutcome Send(CommandContext& context, const UploadOptions& upload, std::string* corpus) {
  UploadOutcome outcome = UploadCorpus(context, upload);
  if (outcome.local.ok() && outcome.remote.ok()) {
    SayUploaded(context, outcome.corpus);
    *corpus = outcome.corpus.name();
  }
  return {.local = std::move(outcome.local), .remote = std::move(outcome.remote)};
}

ExitCode RunSubmit(CommandContext& context, const SubmitOptions& options) {
  absl::StatusOr<Submission> submission = PrepareSubmission(context, options);
  if (!submission.ok()) return context.Fail(submission.status());
  if (const CallOutcome chosen = ChooseHubModel(context, options.mode, *submission); !chosen.ok()) {
    return context.Fail(chosen);
  }
  if (options.mode == SubmitMode::kEstimate) return DryRun(context, *submission);

  const absl::StatusOr<std::string> uuid = NewUuid();
  if (!uuid.ok()) return context.Fail(uuid.status());
  const std::string sweep = uuid->substr(0, 8);
  absl::StatusOr<std::vector<v1::SubmitJobRequest>> requests = RequestsOf(*submission, sweep);
  if (!requests.ok()) return context.Fail(requests.status());
  const bool is_sweep = !submission->points.empty();
  if (const CallOutcome checked = CheckFirst(context, *submission, *requests); !checked.ok()) {
    return context.Fail(checked);
  }
  std::string corpus = *submission->config.corpus;
  if (submission->uploads()) {
    const CallOutcome sent = Send(context, submission->upload, &corpus);
    if (!sent.ok()) return context.Fail(sent);
    for (v1::SubmitJobRequest& request : *requests) {
      if (request.mix_size() > 0) request.mutable_mix(0)->set_corpus(corpus);
    }
  }
  for (const OtherUpload& other : submission->others) {
    std::string name;
    const CallOutcome sent = Send(context, other.upload, &name);
    if (!sent.ok()) return context.Fail(sent);
    for (v1::SubmitJobRequest& request : *requests) {
      SetOther(other, request, [&](auto& one) { one.set_corpus(name); });
    }
  }
  if (is_sweep) return QueueSweep(context, sweep, *std::move(requests), corpus);
  requests->front().set_corpus(corpus);
  return QueueOne(context, requests->front(), options.after,
                  submission->uploads() ? CorpusWas::kSent : CorpusWas::kThere);
}

void AddCorpusOptions(Command& command, SubmitOptions& options) {
  command
      .AddOption(
          "--corpus", options.corpora,
          "Local file (.gz and .zst too), a folder of files of one kind, Parquet or Arrow; or "
          "corpora/ID of a corpus on the server, where ./corpora/... is a local folder of "
          "that name. Several options train on several corpora, and FILE:COLUMN names the "
          "column of each")
      .ValueName("FILE|FOLDER|corpora/ID")
      .OneEach();
  command
      .AddOption("--mix", options.mix,
                 "Shares of the tokens that each --corpus has (default: as much as it holds); an "
                 "epoch is one pass over the first, of which alone text is held out")
      .ValueName("SHARE,SHARE,...");
  command
      .AddOption("--eval-corpus", options.eval_corpora,
                 "Further text to evaluate on, at most 4 times; NAME (default: the file's) is what "
                 "evaluations and metric_for_best_model=NAME.loss call it")
      .ValueName("FILE|NAME=FILE")
      .OneEach();
}

// How the text of the corpora is read.
void AddFormatOptions(Command& command, JobConfig& given) {
  command
      .AddOption("--column", given.column,
                 "Column (csv, tsv) or field (jsonl) that contains the text")
      .ValueName("NAME");
  command.AddOption("--format", given.format, "File format (default: from the file extension)")
      .OneOf({"txt", "csv", "tsv", "jsonl"});
  command
      .AddOption("--encoding", given.encoding,
                 "Character encoding: cp949, euc-kr, utf-16, ... (default utf-8); a byte order "
                 "mark takes precedence")
      .ValueName("NAME");
  command
      .AddOption("--on-invalid", given.on_invalid,
                 "What to do with bytes that are not valid text: refuse the corpus (the default), "
                 "replace them with U+FFFD, or skip the sample")
      .OneOf({"refuse", "replace", "skip"});
  command
      .AddOption("--delimiter", given.delimiter,
                 "Character between the columns of a csv or tsv, or tab (default: in a tsv a tab, "
                 "in a csv whichever of comma, semicolon and tab its first line has)")
      .ValueName("CHARACTER");
  command
      .AddOption(
          "--quoting", given.quoting,
          "What quotes mean in a csv or tsv: none, they are text; csv, they enclose a field, "
          "which may hold line ends (default: by the format)")
      .OneOf({"none", "csv"});
}

void AddModelOptions(Command& command, JobConfig& given) {
  command
      .AddOption("--vocab", given.vocab,
                 "WordPiece vocabulary: a vocab.txt or tokenizer.json (default: train one from the "
                 "corpus)")
      .ValueName("FILE");
  command
      .AddOption("--model", given.model,
                 "Model to start from, see `electra model list` (default: small); the name of a "
                 "pair on the Hugging Face hub, hf:ORG/NAME[@REVISION], which the server fetches; "
                 "or jobs/ID[@STEP], to go on from the model of a job, with its vocabulary")
      .ValueName("NAME|hf:NAME|jobs/ID");
  command
      .AddOption("--probe", given.probe,
                 "Probe sentences, one per line; every sample shows them with the same masks")
      .ValueName("FILE");
}

void AddSettingOptions(Command& command, const std::shared_ptr<SubmitOptions>& options) {
  command
      .AddOption("--config", options->config.file,
                 "Job file (YAML or JSON); command-line options take precedence")
      .ValueName("FILE");
  command
      .AddOption(
          "--set", options->config.settings,
          "Set hyperparameters, see `electra hyperparameters`; takes precedence over the job file")
      .ValueName("KEY=VALUE");
  command.AddFlag(
      "--allow-unknown", [options] { options->config.settings.emplace_back("allow_unknown=true"); },
      "Train even if the vocabulary does not know more than half of the text");
  command.AddFlag(
      "--deduplicate", [options] { options->config.settings.emplace_back("deduplicate=true"); },
      "Leave out samples that repeat an earlier one; near-duplicates stay");
}

// The job's name, its place in the queue, and who is told how it ends.
void AddQueueOptions(Command& command, const std::shared_ptr<SubmitOptions>& options) {
  JobConfig& given = options->config.given;
  command.AddOption("--name", given.name, "Display name of the job").ValueName("TEXT");
  command
      .AddOption("--priority", given.priority,
                 "Priority from -100 to 100 (default 0); jobs with a higher one are trained first")
      .ValueName("P");
  command.AddFlag(
      "--watch", [options] { options->after = AfterSubmit::kWatch; },
      "Watch the job once it is queued, as `electra watch` does");
  command
      .AddOption(
          "--notify", given.notify,
          "Webhook (Slack, Discord, or a program's) that the server tells when the job ends, "
          "fails or is paused; its host must be in the server's setting notify_hosts")
      .ValueName("URL");
  command
      .AddOption("--sweep", options->sweeps,
                 "Queue one job for each value or, with several --sweep options, for each "
                 "combination (at most 100); the jobs are tagged sweep=ID")
      .ValueName("KEY=VALUE,VALUE,...");
  command.AddFlag(
      "--dry-run", [options] { options->mode = SubmitMode::kEstimate; },
      "Estimate tokens, steps, memory and time without queuing a job; sends at most 2 MiB of the "
      "text");
}

void AddSubmitExamples(Command& command) {
  command.Footer(
      "Example:\n"
      "  electra submit --corpus books.csv --column text --model small \\\n"
      "      --set learning_rate=1e-4 epochs=3 --name books --watch\n"
      "  electra submit --corpus books.csv --column text --model hf:monologg/koelectra-small-v3\n"
      "  electra submit --corpus books.csv:text --corpus general.txt --mix 0.8,0.2 \\\n"
      "      --eval-corpus general=held_out.txt --set metric_for_best_model=general.loss\n"
      "  electra submit --config job.yaml --dry-run\n"
      "  electra submit --config job.yaml --sweep learning_rate=1e-5,5e-5,1e-4\n\n"
      "job.yaml (paths are relative to its folder; `electra config init` writes one):\n"
      "  corpus: books.csv\n"
      "  column: text\n"
      "  mix:\n"
      "    general.txt: 0.2\n"
      "  eval_corpora:\n"
      "    general: held_out.txt\n"
      "  encoding: cp949\n"
      "  vocab: vocab.txt\n"
      "  model: small\n"
      "  name: books\n"
      "  priority: 10\n"
      "  probe: sentences.txt\n"
      "  hyperparameters:\n"
      "    learning_rate: 1e-4\n"
      "    epochs: 3");
}

}  // namespace

void AddSubmit(Command& program) {
  auto options = std::make_shared<SubmitOptions>();
  Command command = program.AddCommand("submit", "Upload a corpus and queue a training job");
  AddCorpusOptions(command, *options);
  AddFormatOptions(command, options->config.given);
  AddModelOptions(command, options->config.given);
  AddSettingOptions(command, options);
  AddQueueOptions(command, options);
  AddSubmitExamples(command);
  command.Runs([options](CommandContext& context) { return RunSubmit(context, *options); });
}

}  // namespace electra::client
