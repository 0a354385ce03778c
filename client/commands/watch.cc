#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/environment/desktop_alert.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/live/live_watch.h"
#include "client/live/training_view.h"
#include "client/live/watcher.h"
#include "client/rpc/json_output.h"
#include "client/text/format.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/views/job_text.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

// Only one line per event; breaks of the connection are for people, on standard error.
class JsonEvents : public EventSink {
 public:
  explicit JsonEvents(CommandContext& context) : context_(context) {}

  void OnEvent(const v1::TrainingEvent& event) override { WriteJsonLine(context_.out(), event); }

  void OnConnectionLost(absl::Duration pause, int attempt, int limit) override {
    *context_.environment.err.stream
        << "electra: "
        << absl::Substitute(LabelsFor(Language::kEnglish).reconnecting,
                            context_.connection.target(), absl::ToDoubleSeconds(pause), attempt,
                            limit)
        << std::endl;
  }

 private:
  CommandContext& context_;
};

grpc::Status GetJob(CommandContext& context, const std::string& name, v1::Job* job) {
  v1::GetJobRequest request;
  request.set_name(name);
  return context.connection.Call(request, job);
}

WatchOutcome FollowWithView(CommandContext& context, const v1::Job& job, WatchForm form,
                            WatchOptions options) {
  if (context.format == OutputFormat::kJson) {
    JsonEvents events(context);
    return FollowJob(context.connection, context.environment, options, events);
  }
  Terminal* terminal = form == WatchForm::kLive ? context.LiveTerminal() : nullptr;
  if (terminal != nullptr) {
    LiveWatch view(context, *terminal, job);
    // Somebody sits in front of it and can leave: no need to give up for them.
    options.retry_limit = 0;
    WatchOutcome outcome = FollowJob(context.connection, context.environment, options, view);
    view.Finish();
    return outcome;
  }
  TrainingView view({.output = context.environment.out,
                     .zone = context.environment.zone,
                     .language = context.language,
                     .server = context.connection.target(),
                     .total_steps = job.total_steps()});
  return FollowJob(context.connection, context.environment, options, view);
}

ExitCode SayInterrupted(const CommandContext& context, const std::string& job, int64_t sequence) {
  const Labels& labels = context.labels();
  const std::string id = Visible(ShortName(job));
  *context.environment.err.stream << absl::Substitute(labels.left_running, Visible(job)) << "\n"
                                  << absl::Substitute(labels.how_to_watch,
                                                      absl::StrCat(context.invocation, " watch ",
                                                                   id, " --after ", sequence))
                                  << "\n"
                                  << absl::Substitute(
                                         labels.how_to_cancel,
                                         absl::StrCat(context.invocation, " job cancel ", id))
                                  << std::endl;
  return ExitCode::kInterrupted;
}

// Facts that the stream lacks: where the model is, its step, and the change of the losses.
void SayResult(const CommandContext& context, const v1::Job& job) {
  const Labels& labels = context.labels();
  const v1::Evaluation* of_model = ModelEvaluation(job);
  if (job.has_first_evaluation() && of_model != nullptr) {
    context.out() << absl::Substitute(labels.loss_change,
                                      FormatLoss(job.first_evaluation().combined_loss()),
                                      FormatLoss(of_model->combined_loss()))
                  << "\n";
  }
  if (job.has_model_step()) {
    context.out() << absl::Substitute(labels.model_of_step,
                                      Visible(ModelStepText(job, context.language)))
                  << "\n";
  }
  if (!job.model_path().empty()) {
    context.out() << absl::Substitute(labels.model_saved, Visible(job.model_path())) << "\n";
  }
}

// The end of a stream that ended as it should. Where the terminal event lies before --after, the
// job itself knows how it ended.
ExitCode Conclude(CommandContext& context, const std::string& name, const WatchOutcome& outcome,
                  EndAlert alert) {
  v1::Job job;
  const grpc::Status status = GetJob(context, name, &job);
  if (!outcome.end && !status.ok()) return context.Fail(status);
  const v1::JobState state = outcome.end ? outcome.end->to() : job.state();
  if (!IsTerminal(state)) {
    return Report(context.environment.err,
                  {.exit_code = ExitCode::kRefused,
                   .sentence = Say(kPhrases.stream_ended, name, StateLabel(state, context.language))
                                   .In(context.language),
                   .details = {}});
  }
  if (context.format == OutputFormat::kText && status.ok()) SayResult(context, job);
  if (alert == EndAlert::kDesktop) {
    const std::string& shown = job.display_name().empty() ? name : job.display_name();
    AlertDesktop(context.environment,
                 absl::StrCat(Visible(shown), ": ", StateLabel(state, context.language)));
  }
  return state == v1::SUCCEEDED ? ExitCode::kDone : ExitCode::kJobFailed;
}

}  // namespace

ExitCode RunWatch(CommandContext& context, const WatchJobOptions& options) {
  v1::Job job;
  if (const CallOutcome found = GetJobMeant(context, options.job, &job); !found.ok()) {
    return context.Fail(found);
  }
  const WatchOutcome outcome = FollowWithView(
      context, job, options.form, {.job = job.name(), .after_sequence = options.after_sequence});
  if (!outcome.end && context.environment.interruption->triggered()) {
    return SayInterrupted(context, job.name(), outcome.last_sequence);
  }
  if (!outcome.status.ok()) return context.Fail(outcome.status);
  return Conclude(context, job.name(), outcome, options.alert);
}

void AddWatch(Command& parent) {
  auto options = std::make_shared<WatchJobOptions>();
  Command command =
      parent.AddCommand("watch", "Follow a job live: losses, sample predictions, evaluations");
  Option job = AddJobArgument(command, options->job);
  Option after =
      command
          .AddOption("--after", options->after_sequence, "Skip events up to this sequence number")
          .ValueName("SEQ")
          .AtLeast(0);
  command.AddFlag(
      "--plain", [options] { options->form = WatchForm::kPlain; },
      "Print lines from the beginning and never redraw; this is the default without a terminal");
  command.AddFlag(
      "--notify", [options] { options->alert = EndAlert::kDesktop; },
      "When the job ends, sound the terminal's bell and send a desktop notification");
  Option all = command.AddFlag("--follow-all", "Follow all running and queued jobs, one line each");
  all.Excludes(job).Excludes(after);
  command.Footer(
      "Example:\n"
      "  electra watch 7f3a\n"
      "  electra job watch --follow-all\n"
      "  electra watch --plain 7f3a > books.log\n"
      "  electra --json watch 7f3a | jq -c 'select(.step).step.combined_loss'\n\n"
      "On a terminal, samples scroll above the curves, starting with the newest one. --plain and\n"
      "--json first print everything that has happened so far.\n"
      "q and Ctrl-C stop watching; the job goes on.\n"
      "Exit status: 0 the job succeeded, 1 it failed or was cancelled, 130 you left before it "
      "ended.");
  command.Runs(
      [options, all](CommandContext& context) {
        return all.given() ? RunFollowAll(context, options->form) : RunWatch(context, *options);
      },
      [options, all] { return !all.given() && options->job.empty() ? "JOB | --follow-all" : ""; });
}

}  // namespace electra::client
