#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/files/local_file.h"
#include "client/files/uuid.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/jobfile/dry_run.h"
#include "client/jobfile/request_check.h"
#include "client/jobfile/submission.h"
#include "client/jobfile/sweep.h"
#include "client/rpc/await_server.h"
#include "client/rpc/backoff.h"
#include "client/rpc/call_outcome.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/transfer/local_corpus.h"
#include "client/transfer/model_fetch.h"
#include "client/transfer/upload.h"
#include "core/base/hub_name.h"
#include "core/base/status_macros.h"
#include "electra/v1/corpus.pb.h"
#include "electra/v1/job.pb.h"

namespace electra::client {
namespace {

enum class AfterSubmit { kReturn, kWatch };

enum class SubmitMode { kQueue, kEstimate };

struct SubmitOptions {
  ConfigSources config;
  std::vector<std::string> corpora;       // the first, then further ones
  std::string mix;                        // their shares
  std::vector<std::string> eval_corpora;  // "NAME=FILE"
  std::vector<std::string> sweeps;        // "key=value,value"; empty: one job
  SubmitMode mode = SubmitMode::kQueue;
  AfterSubmit after = AfterSubmit::kReturn;
};

// The request has an identifier, so that sending it again cannot make a second job.
constexpr int kSubmitAttempts = 3;

grpc::Status Awaiting(CommandContext& context, const std::function<grpc::Status()>& call) {
  return AwaitServer(context.environment, context.connection, context.language, call);
}

grpc::Status Submit(CommandContext& context, const v1::SubmitJobRequest& request, v1::Job* job) {
  Backoff backoff(context.environment.random);
  for (int attempt = 1;; ++attempt) {
    grpc::Status status = Awaiting(context, [&] { return context.connection.Call(request, job); });
    const bool again = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                       attempt < kSubmitAttempts && !context.environment.interruption->triggered();
    if (!again) return status;
    context.environment.wait(backoff.Next());
  }
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

// The server's warnings about the text, once for all jobs. Programs find them in the message.
void SayWarnings(const CommandContext& context, const v1::Job& job, std::set<std::string>* said) {
  if (context.format == OutputFormat::kJson) return;
  for (const Message& warning : ServerMessages(job.warnings(), job.warning_codes())) {
    if (!said->insert(warning.text()).second) continue;
    *context.environment.err.stream << context.labels().warning
                                    << Visible(InLanguage(warning, context.language)) << "\n";
  }
}

// A pipe gets only the job's name, for $(electra submit ...).
void SaySubmitted(const CommandContext& context, const v1::Job& job, AfterSubmit after) {
  if (context.format == OutputFormat::kJson) return WriteJsonLine(context.out(), job);
  const std::string name = Visible(job.name());
  const Labels& labels = context.labels();
  if (!context.environment.out.is_terminal && after == AfterSubmit::kReturn) {
    context.out() << name << "\n";
  } else if (job.queue_position() > 0) {
    context.out() << absl::Substitute(labels.queued, name, job.queue_position()) << "\n";
  } else {
    context.out() << absl::Substitute(labels.submitted, name) << "\n";
  }
  context.out().flush();
  if (after == AfterSubmit::kWatch) return;
  const std::string id = ShortName(name);
  std::ostream& hints =
      context.environment.out.is_terminal ? context.out() : *context.environment.err.stream;
  hints << absl::Substitute(labels.how_to_watch, absl::StrCat(context.invocation, " watch ", id))
        << "\n"
        << absl::Substitute(labels.how_to_cancel,
                            absl::StrCat(context.invocation, " job cancel ", id))
        << std::endl;
}

void SayCorpusIsKept(const CommandContext& context, const std::string& corpus) {
  if (context.environment.interruption->triggered()) return;
  *context.environment.err.stream
      << "  " << Say(kPhrases.corpus_is_kept, Visible(corpus)).In(context.language) << "\n";
}

// Everything that is known before asking the server.
struct Submission {
  JobConfig config;
  v1::SubmitJobRequest request;  // without the corpus if that is a file
  UploadOptions upload;          // where it is
  std::vector<OtherUpload> others;
  std::vector<SweepPoint> points;  // empty: one job

  bool uploads() const { return !IsOnServer(*config.corpus); }
  std::string corpus_label() const { return uploads() ? BaseName(upload.path) : *config.corpus; }
};

void AddCorpora(const SubmitOptions& options, JobConfig* config) {
  for (const std::string& corpus : options.corpora) {
    if (!config->corpus) {
      config->corpus = corpus;
    } else {
      config->more_corpora.push_back({.corpus = corpus});
    }
  }
  for (const std::string& text : options.eval_corpora) {
    config->eval_corpora.push_back(ParseEvalCorpus(text));
  }
}

absl::StatusOr<Submission> Prepare(CommandContext& context, const SubmitOptions& options) {
  ConfigSources sources = options.config;
  AddCorpora(options, &sources.given);
  ASSIGN_OR_RETURN(JobConfig config, MergeConfig(sources));
  if (!options.mix.empty()) RETURN_IF_ERROR(ApplyMix(options.mix, config));
  if (!config.model && !context.model.empty()) config.model = context.model;
  RETURN_IF_ERROR(CheckConfig(config));
  ASSIGN_OR_RETURN(v1::SubmitJobRequest request, BuildRequest(config));
  ASSIGN_OR_RETURN(UploadOptions upload, UploadOf(config));
  ASSIGN_OR_RETURN(std::vector<OtherUpload> others, OtherUploadsOf(config));
  if (!IsOnServer(*config.corpus)) {
    RETURN_IF_ERROR(ResolveCorpus(context.environment, context.language, upload));
  }
  for (OtherUpload& other : others) {
    RETURN_IF_ERROR(ResolveCorpus(context.environment, context.language, other.upload));
  }
  Submission submission{.config = std::move(config),
                        .request = std::move(request),
                        .upload = std::move(upload),
                        .others = std::move(others),
                        .points = {}};
  if (!submission.uploads()) submission.request.set_corpus(*submission.config.corpus);
  if (options.sweeps.empty()) return submission;
  if (options.after == AfterSubmit::kWatch) {
    return LocalError(absl::StatusCode::kInvalidArgument, kPhrases.sweep_watch);
  }
  ASSIGN_OR_RETURN(submission.points, ParseSweep(options.sweeps));
  return submission;
}

// The request of one point of a sweep. Every job has a request_id of its own.
absl::StatusOr<v1::SubmitJobRequest> PointRequest(const Submission& submission,
                                                  const SweepPoint& point,
                                                  const std::string& sweep) {
  v1::SubmitJobRequest request = submission.request;
  for (const auto& [key, value] : point.values) {
    (*request.mutable_hyperparameters()->mutable_fields())[key] = value;
  }
  request.set_display_name(SweepJobName(request.display_name(), point));
  (*request.mutable_tags())["sweep"] = sweep;
  ASSIGN_OR_RETURN(std::string request_id, NewUuid());
  request.set_request_id(std::move(request_id));
  return request;
}

// The requests of one job, or of each job of a sweep, whose name tells which one it is.
absl::StatusOr<std::vector<v1::SubmitJobRequest>> RequestsOf(const Submission& submission,
                                                             const std::string& sweep) {
  std::vector<v1::SubmitJobRequest> requests;
  if (submission.points.empty()) requests.push_back(submission.request);
  for (const SweepPoint& point : submission.points) {
    ASSIGN_OR_RETURN(v1::SubmitJobRequest request, PointRequest(submission, point, sweep));
    requests.push_back(std::move(request));
  }
  return requests;
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

ExitCode QueueSweep(CommandContext& context, const std::string& sweep,
                    std::vector<v1::SubmitJobRequest> requests, const std::string& corpus) {
  ListOutput list(context, {{context.labels().job},
                            {context.labels().name},
                            {context.labels().queue_position, Align::kRight}});
  const bool for_program =
      context.format == OutputFormat::kText && !context.environment.out.is_terminal;
  size_t queued = 0;
  std::set<std::string> said;
  grpc::Status status;
  for (v1::SubmitJobRequest& request : requests) {
    request.set_corpus(corpus);
    v1::Job job;
    status = Submit(context, request, &job);
    if (!status.ok()) break;
    ++queued;
    SayWarnings(context, job, &said);
    if (for_program) {
      context.out() << Visible(job.name()) << std::endl;
    } else {
      list.Add(job, {ShortName(job.name()), job.display_name(),
                     job.queue_position() > 0 ? absl::StrCat(job.queue_position()) : ""});
    }
  }
  if (!for_program && queued > 0) list.Finish();
  if (!status.ok()) {
    const ExitCode code = context.Fail(status);
    *context.environment.err.stream
        << "  " << Say(kPhrases.sweep_partial, queued, requests.size()).In(context.language)
        << "\n";
    return code;
  }
  std::ostream& people =
      context.environment.out.is_terminal ? context.out() : *context.environment.err.stream;
  if (context.format == OutputFormat::kText) {
    people << Say(kPhrases.sweep_queued, sweep, queued).In(context.language) << "\n";
  }
  return ExitCode::kDone;
}

ExitCode QueueOne(CommandContext& context, const v1::SubmitJobRequest& request, AfterSubmit after,
                  bool uploaded) {
  v1::Job job;
  if (grpc::Status status = Submit(context, request, &job); !status.ok()) {
    const ExitCode code = context.Fail(status);
    if (uploaded) SayCorpusIsKept(context, request.corpus());
    return code;
  }
  std::set<std::string> said;
  SayWarnings(context, job, &said);
  SaySubmitted(context, job, after);
  if (after == AfterSubmit::kReturn) return ExitCode::kDone;
  return RunWatch(context, {.job = job.name()});
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
  absl::StatusOr<Submission> submission = Prepare(context, options);
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
  return QueueOne(context, requests->front(), options.after, submission->uploads());
}

}  // namespace

void AddSubmit(Command& program) {
  auto options = std::make_shared<SubmitOptions>();
  JobConfig& given = options->config.given;
  Command command = program.AddCommand("submit", "Upload a corpus and queue a training job");
  command
      .AddOption(
          "--corpus", options->corpora,
          "Local file (.gz and .zst too), a folder of files of one kind, Parquet or Arrow; or "
          "corpora/ID of a corpus on the server, where ./corpora/... is a local folder of "
          "that name. Several options train on several corpora, and FILE:COLUMN names the "
          "column of each")
      .ValueName("FILE|FOLDER|corpora/ID")
      .OneEach();
  command
      .AddOption("--mix", options->mix,
                 "Shares of the tokens that each --corpus has (default: as much as it holds); an "
                 "epoch is one pass over the first, of which alone text is held out")
      .ValueName("SHARE,SHARE,...");
  command
      .AddOption("--eval-corpus", options->eval_corpora,
                 "Further text to evaluate on, at most 4 times; NAME (default: the file's) is what "
                 "evaluations and metric_for_best_model=NAME.loss call it")
      .ValueName("FILE|NAME=FILE")
      .OneEach();
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
  command.Runs([options](CommandContext& context) { return RunSubmit(context, *options); });
}

}  // namespace electra::client
