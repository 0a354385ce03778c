#include "client/commands/queue_jobs.h"

#include <ostream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/rpc/await_server.h"
#include "client/rpc/backoff.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

// The request has an identifier, so that sending it again cannot make a second job.
constexpr int kSubmitAttempts = 3;

grpc::Status Submit(CommandContext& context, const v1::SubmitJobRequest& request, v1::Job* job) {
  Backoff backoff(context.environment.random);
  for (int attempt = 1;; ++attempt) {
    grpc::Status status = AwaitServer(context.environment, context.connection, context.language,
                                      [&] { return context.connection.Call(request, job); });
    const bool again = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                       attempt < kSubmitAttempts && !context.environment.interruption->triggered();
    if (!again) return status;
    context.environment.wait(backoff.Next());
  }
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

}  // namespace

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
                  CorpusWas corpus) {
  v1::Job job;
  if (grpc::Status status = Submit(context, request, &job); !status.ok()) {
    const ExitCode code = context.Fail(status);
    if (corpus == CorpusWas::kSent) SayCorpusIsKept(context, request.corpus());
    return code;
  }
  std::set<std::string> said;
  SayWarnings(context, job, &said);
  SaySubmitted(context, job, after);
  if (after == AfterSubmit::kReturn) return ExitCode::kDone;
  return RunWatch(context, {.job = job.name()});
}

}  // namespace electra::client
