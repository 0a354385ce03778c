#include <map>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/commands.h"
#include "client/commands/job_argument.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "client/views/finetuning_view.h"
#include "client/views/job_text.h"
#include "client/views/training_lines.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"
#include "google/protobuf/struct.pb.h"

namespace electra::client {
namespace {

std::string HyperparameterText(const google::protobuf::Struct& hyperparameters) {
  std::map<std::string, std::string> sorted;
  for (const auto& [key, value] : hyperparameters.fields()) sorted[key] = ValueText(value);
  return absl::StrJoin(sorted, " ", absl::PairFormatter("="));
}

std::string LossText(const v1::StepMetrics& step) {
  return absl::StrCat("Combined ", FormatLoss(step.combined_loss()), " Generator ",
                      FormatLoss(step.generator_loss()), " Discriminator ",
                      FormatLoss(step.discriminator_loss()));
}

void AddFacts(const CommandContext& context, const v1::Job& job, FactOutput& facts) {
  const Labels& labels = context.labels();
  const bool terminal = context.environment.out.is_terminal;
  facts.Add("name", labels.job, job.name());
  facts.Add("display_name", labels.name, job.display_name());
  facts.Add("tags", labels.tags, TagText(job));
  facts.Add("note", labels.note, job.note());
  facts.Add("state", labels.state,
            terminal ? StateLabel(job.state(), context.language) : v1::JobState_Name(job.state()));
  facts.Add("reason", labels.reason,
            terminal ? InLanguage(ServerMessage(job.reason(), job.reason_code()), context.language)
                     : job.reason());
  facts.Add("queue_position", labels.queue_position,
            job.queue_position() > 0 ? absl::StrCat(job.queue_position()) : "");
  facts.Add("step", labels.step, StepText(job));
  facts.Add("last_step", labels.losses, job.has_last_step() ? LossText(job.last_step()) : "");
  const auto add_evaluation = [&](const std::string& key, const char* label, bool is_shown,
                                  const v1::Evaluation& evaluation) {
    facts.Add(key, label, is_shown ? EvaluationLine(evaluation, context.language) : "");
    for (const v1::Evaluation& one : evaluation.eval_corpora()) {
      if (!is_shown) break;
      facts.Add(absl::StrCat(key, ".", Visible(one.eval_corpus())), "",
                EvaluationLine(one, context.language));
    }
  };
  add_evaluation("first_evaluation", labels.first_evaluation, job.has_first_evaluation(),
                 job.first_evaluation());
  add_evaluation("last_evaluation", labels.last_evaluation, job.has_last_evaluation(),
                 job.last_evaluation());
  // The first and the last say as much where one of them is the best.
  const bool between = job.has_best_evaluation() &&
                       job.best_evaluation().step() != job.first_evaluation().step() &&
                       job.best_evaluation().step() != job.last_evaluation().step();
  add_evaluation("best_evaluation", labels.best_evaluation, between, job.best_evaluation());
  for (const v1::Finetuning& finetuning : job.finetunings()) {
    facts.Add(Visible(finetuning.name()), kPhrases.finetuning.In(context.language),
              FinetuningLine(finetuning, context.language));
  }
  facts.Add("skipped_steps", labels.skipped_steps,
            job.skipped_steps() > 0 ? absl::StrCat(job.skipped_steps()) : "");
  facts.Add("model", labels.model, job.model());
  facts.Add("model_sources", kPhrases.model_sources.In(context.language),
            absl::StrJoin(job.model_sources(), " "));
  facts.Add("corpus", labels.corpus, job.corpus());
  facts.Add("mix", labels.mix, MixText(job));
  facts.Add("eval_corpora", labels.eval_corpora, EvalCorporaText(job));
  facts.Add("vocabulary", labels.vocabulary, VocabularyText(job, context.language));
  facts.Add("probe_count", labels.probe_sentences,
            job.probe_count() > 0 ? absl::StrCat(job.probe_count()) : "");
  facts.Add("priority", labels.priority, absl::StrCat(job.priority()));
  facts.Add("device", labels.device, job.device());
  facts.Add("create_time", labels.created, ListTime(context, job.create_time()));
  facts.Add("start_time", labels.started, ListTime(context, job.start_time()));
  facts.Add("end_time", labels.ended, ListTime(context, job.end_time()));
  facts.Add("model_step", labels.model_step, ModelStepText(job, context.language));
  facts.Add("model_path", labels.model_path, job.model_path());
  facts.Add("hyperparameters", labels.hyperparameters, HyperparameterText(job.hyperparameters()));
}

ExitCode RunJobShow(CommandContext& context, const std::string& given) {
  v1::Job job;
  if (const CallOutcome found = GetJobMeant(context, given, &job); !found.ok()) {
    return context.Fail(found);
  }
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), job);
    return ExitCode::kDone;
  }
  FactOutput facts(context);
  AddFacts(context, job, facts);
  facts.Finish();
  return ExitCode::kDone;
}

void AddJobShow(Command& parent) {
  auto job = std::make_shared<std::string>();
  Command command =
      parent.AddCommand("show", "Show a job's state, losses, hyperparameters and model folder");
  AddJobArgument(command, *job).Required();
  command.Footer(
      "Example:\n"
      "  electra job show 7f3a\n"
      "  electra --json job show 7f3a | jq .hyperparameters");
  command.Runs([job](CommandContext& context) { return RunJobShow(context, *job); });
}

// `electra job 7f3a`, as it was before there was `show`.
bool IsOldJob(const std::string& word) {
  return absl::StartsWith(word, "jobs/") ||
         word.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

void AddJob(Command& parent) {
  Command group = parent.AddCommand("job", "Show, control, describe and delete jobs");
  group.Footer(
      "Example:\n"
      "  electra job show 7f3a\n"
      "  electra job tag 7f3a owner=kim\n"
      "  electra job cancel 7f3a");
  AddJobList(group, "list");
  AddJobShow(group);
  AddWatch(group);
  AddPause(group);
  AddResume(group);
  AddCancel(group);
  AddRetry(group);
  AddJobLabels(group);
  AddDelete(group);
  group.RunsOldWord(IsOldJob, RunJobShow);
}

}  // namespace electra::client
