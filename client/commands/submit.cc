#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "client/backoff.h"
#include "client/commands/commands.h"
#include "client/job_config.h"
#include "client/json_output.h"
#include "client/local_file.h"
#include "client/render/format.h"
#include "client/render/visible_text.h"
#include "client/upload.h"
#include "client/uuid.h"

namespace electra::client {
namespace {

// The vocabulary travels in the request, and gRPC takes no message above 4 MiB by default.
constexpr int64_t kLargestVocabulary = (7 << 20) / 2;
// What remains of it is far more than the sentences that the server takes.
constexpr int64_t kLargestProbe = 512 << 10;
// The request has an identifier, so that sending it again cannot make a second job.
constexpr int kSubmitAttempts = 3;

bool IsOnServer(const std::string& corpus) { return absl::StartsWith(corpus, "corpora/"); }

void Override(const std::optional<std::string>& from, std::optional<std::string>& to) {
  if (from) to = from;
}

absl::StatusOr<JobConfig> MergeConfig(const SubmitOptions& options) {
  JobConfig merged;
  if (options.config) {
    absl::StatusOr<JobConfig> file = ReadJobConfig(*options.config);
    if (!file.ok()) return file.status();
    merged = *std::move(file);
  }
  Override(options.corpus, merged.corpus);
  Override(options.column, merged.column);
  Override(options.format, merged.format);
  Override(options.encoding, merged.encoding);
  Override(options.on_invalid, merged.on_invalid);
  Override(options.vocab, merged.vocab);
  Override(options.model, merged.model);
  Override(options.name, merged.name);
  Override(options.probe, merged.probe);
  if (options.priority) merged.priority = options.priority;
  for (const std::string& setting : options.settings) {
    if (absl::Status status = ApplySetting(setting, merged.hyperparameters); !status.ok()) {
      return status;
    }
  }
  return merged;
}

absl::Status CheckConfig(const JobConfig& config) {
  if (!config.corpus || config.corpus->empty()) {
    return absl::InvalidArgumentError(
        "a corpus is wanted: --corpus FILE, --corpus corpora/ID, or `corpus:` in the job file");
  }
  if (IsOnServer(*config.corpus) &&
      (config.column || config.format || config.encoding || config.on_invalid)) {
    return absl::InvalidArgumentError(
        absl::StrCat("column, format, encoding and on_invalid belong to the upload of a file; '",
                     Visible(*config.corpus), "' is on the server and has its own"));
  }
  const std::pair<const char*, const std::optional<std::string>&> texts[] = {
      {"column", config.column},
      {"encoding", config.encoding},
      {"model", config.model},
      {"name", config.name}};
  for (const auto& [what, text] : texts) {
    if (text && !IsUtf8(*text)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the ", what, " '", Visible(*text), "' is not UTF-8"));
    }
  }
  if (IsOnServer(*config.corpus) && !IsUtf8(*config.corpus)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the corpus '", Visible(*config.corpus), "' is not UTF-8"));
  }
  return absl::OkStatus();
}

// One sentence a line; blank lines are none.
absl::Status AddProbe(const std::string& path, v1::SubmitJobRequest& request) {
  const absl::StatusOr<std::string> text = ReadWhole(path, kLargestProbe);
  if (!text.ok()) return text.status();
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(absl::StripPrefix(*text, "\xEF\xBB\xBF"), '\n')) {
    ++line_number;
    line = absl::StripAsciiWhitespace(line);
    if (!IsUtf8(std::string(line))) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line_number, " of the probe file '",
                                                     Visible(path), "' is not UTF-8"));
    }
    if (!line.empty()) request.add_probe(std::string(line));
  }
  if (request.probe_size() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the probe file '", Visible(path), "' has no sentence"));
}

// Everything of the request that can be known before the corpus is there.
absl::StatusOr<v1::SubmitJobRequest> BuildRequest(const JobConfig& config) {
  v1::SubmitJobRequest request;
  if (config.model) {
    request.set_model(ModelName(*config.model));
  }
  request.set_display_name(config.name.value_or(""));
  request.set_priority(config.priority.value_or(0));
  *request.mutable_hyperparameters() = config.hyperparameters;
  if (config.vocab) {
    absl::StatusOr<std::string> vocabulary = ReadWhole(*config.vocab, kLargestVocabulary);
    if (!vocabulary.ok()) return vocabulary.status();
    if (vocabulary->empty()) {
      // The server would take it for none at all and train one.
      return absl::InvalidArgumentError(
          absl::StrCat("the vocabulary '", Visible(*config.vocab),
                       "' is empty; leave --vocab out to have one trained from the corpus"));
    }
    request.set_vocabulary(*std::move(vocabulary));
  }
  if (config.probe) {
    if (absl::Status status = AddProbe(*config.probe, request); !status.ok()) return status;
  }
  absl::StatusOr<std::string> request_id = NewUuid();
  if (!request_id.ok()) return request_id.status();
  request.set_request_id(*std::move(request_id));
  return request;
}

absl::StatusOr<UploadOptions> UploadOf(const JobConfig& config) {
  UploadOptions upload{.path = *config.corpus,
                       .column = config.column.value_or(""),
                       .encoding = config.encoding.value_or("")};
  if (config.on_invalid) {
    absl::StatusOr<v1::OnInvalidText> on_invalid = ParseOnInvalid(*config.on_invalid);
    if (!on_invalid.ok()) return on_invalid.status();
    upload.on_invalid = *on_invalid;
  }
  if (config.format) {
    absl::StatusOr<v1::CorpusFormat> format = ParseFormat(*config.format);
    if (!format.ok()) return format.status();
    upload.format = *format;
  }
  return upload;
}

grpc::Status Submit(CommandContext& context, const v1::SubmitJobRequest& request, v1::Job* job) {
  Backoff backoff(context.environment.random);
  for (int attempt = 1;; ++attempt) {
    grpc::Status status = context.connection.Call(context.connection.jobs(),
                                                  &v1::JobService::Stub::SubmitJob, request, job);
    const bool again = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                       attempt < kSubmitAttempts && !context.environment.interruption->triggered();
    if (!again) return status;
    context.environment.wait(backoff.Next());
  }
}

void SayUploaded(const CommandContext& context, const v1::Corpus& corpus) {
  const Output& err = context.environment.err;
  // What was changed is said to programs too: nobody should find out from the model.
  if (corpus.skipped_sample_count() + corpus.replaced_sample_count() > 0) {
    *err.stream << absl::Substitute(context.labels().invalid_text, Visible(corpus.file_name()),
                                    FormatCount(corpus.skipped_sample_count()),
                                    FormatCount(corpus.replaced_sample_count()))
                << "\n";
  }
  if (!err.is_terminal) return;
  *err.stream << absl::Substitute(context.labels().uploaded, Visible(corpus.file_name()),
                                  Visible(corpus.name()), FormatCount(corpus.sample_count()))
              << "\n";
}

// A pipe gets the job's name and nothing else, for $(electra submit ...).
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
        << absl::Substitute(labels.how_to_cancel, absl::StrCat(context.invocation, " cancel ", id))
        << std::endl;
}

void SayCorpusIsKept(const CommandContext& context, const std::string& corpus) {
  if (context.environment.interruption->triggered()) return;
  *context.environment.err.stream << "  the corpus is on the server; use --corpus "
                                  << Visible(corpus) << " to submit without sending it again\n";
}

}  // namespace

void AddSubmit(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<SubmitOptions>();
  CLI::App* command =
      app.add_subcommand("submit", "Send a corpus and queue a training job on the server");
  command
      ->add_option("--corpus", options->corpus,
                   "A local file, also .gz or .zst, or corpora/ID of one that is on the server (a "
                   "local folder of "
                   "that name: ./corpora/...)")
      ->type_name("FILE|corpora/ID");
  command
      ->add_option("--column", options->column,
                   "The column (csv, tsv) or field (jsonl) that holds the text")
      ->type_name("NAME");
  command->add_option("--format", options->format, "What the file is; else by its ending")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"txt", "csv", "tsv", "jsonl"}));
  command
      ->add_option("--encoding", options->encoding,
                   "What the file's bytes mean: cp949, euc-kr, utf-16, ...; utf-8 if not given. A "
                   "byte order mark goes before it")
      ->type_name("NAME");
  command
      ->add_option("--on-invalid", options->on_invalid,
                   "What becomes of bytes that are no text: refuse the corpus (if not given), "
                   "replace them by U+FFFD, or skip their samples")
      ->type_name("refuse|replace|skip")
      ->check(CLI::IsMember({"refuse", "replace", "skip"}));
  command
      ->add_option("--vocab", options->vocab,
                   "A WordPiece vocab.txt; without it one is trained from the corpus")
      ->type_name("FILE");
  command
      ->add_option("--model", options->model,
                   "What to start from, see `electra models`; the server's default is small")
      ->type_name("NAME");
  command
      ->add_option("--probe", options->probe,
                   "Sentences, one a line, that every sample shows with the same masks")
      ->type_name("FILE");
  command
      ->add_option("--config", options->config,
                   "A job file, YAML or JSON; options given here win over it")
      ->type_name("FILE");
  command
      ->add_option("--set", options->settings,
                   "Hyperparameters, see `electra hyperparameters`; win over the job file's")
      ->type_name("KEY=VALUE");
  command->add_option("--name", options->name, "A name for people")->type_name("TEXT");
  command
      ->add_option("--priority", options->priority,
                   "Higher ones are trained first; -100 to 100, 0 if not given")
      ->type_name("P");
  command->add_flag_callback(
      "--watch", [options] { options->after = AfterSubmit::kWatch; },
      "Go on as `electra watch` does");
  command->footer(
      "Example:\n"
      "  electra submit --corpus books.csv --column text --model small \\\n"
      "      --set learning_rate=1e-4 epochs=3 --name books --watch\n"
      "  electra submit --config job.yaml\n\n"
      "job.yaml (file names are relative to its folder):\n"
      "  corpus: books.csv\n"
      "  column: text\n"
      "  encoding: cp949\n"
      "  vocab: vocab.txt\n"
      "  model: small\n"
      "  name: books\n"
      "  priority: 10\n"
      "  probe: sentences.txt\n"
      "  hyperparameters:\n"
      "    learning_rate: 1e-4\n"
      "    epochs: 3");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunSubmit(context, *options); };
  });
}

ExitCode RunSubmit(CommandContext& context, const SubmitOptions& options) {
  // All that can be wrong on this side is found before the server is troubled.
  const absl::StatusOr<JobConfig> config = MergeConfig(options);
  if (!config.ok()) return context.Fail(config.status());
  if (absl::Status status = CheckConfig(*config); !status.ok()) return context.Fail(status);
  absl::StatusOr<v1::SubmitJobRequest> request = BuildRequest(*config);
  if (!request.ok()) return context.Fail(request.status());
  const absl::StatusOr<UploadOptions> upload = UploadOf(*config);
  if (!upload.ok()) return context.Fail(upload.status());

  const bool uploads = !IsOnServer(*config->corpus);
  request->set_corpus(*config->corpus);
  if (uploads) {
    const UploadOutcome outcome = UploadCorpus(context, *upload);
    if (!outcome.local.ok()) return context.Fail(outcome.local);
    if (!outcome.remote.ok()) return context.Fail(outcome.remote);
    SayUploaded(context, outcome.corpus);
    request->set_corpus(outcome.corpus.name());
  }
  v1::Job job;
  if (grpc::Status status = Submit(context, *request, &job); !status.ok()) {
    const ExitCode code = context.Fail(status);
    if (uploads) SayCorpusIsKept(context, request->corpus());
    return code;
  }
  SaySubmitted(context, job, options.after);
  if (options.after == AfterSubmit::kReturn) return ExitCode::kDone;
  return RunWatch(context, {.job = job.name()});
}

}  // namespace electra::client
