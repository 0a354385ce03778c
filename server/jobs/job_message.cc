#include "server/jobs/job_message.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint_folders.h"
#include "server/base/clock.h"
#include "server/base/message_code.h"
#include "server/jobs/finetuning_message.h"
#include "server/jobs/labels.h"
#include "server/jobs/struct_json.h"
#include "server/store/vocabulary_source.h"

namespace electra::server {
namespace {

// The number of sentences, which are stored one per line.
int CountLines(std::string_view text) {
  return text.empty() ? 0 : 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

void AddCorpus(const JobCorpusRow& row, v1::Job* job) {
  const auto fill = [&](auto* message) {
    message->set_corpus(absl::StrCat("corpora/", row.corpus_name));
    message->set_corpus_display_name(row.corpus_file_name);
  };
  if (row.purpose == JobCorpusRow::Purpose::kTrain) {
    v1::MixedCorpus* corpus = job->add_mix();
    fill(corpus);
    corpus->set_share(row.share);
  } else {
    v1::EvalCorpus* corpus = job->add_eval_corpora();
    fill(corpus);
    corpus->set_name(row.name);
  }
}

}  // namespace

absl::StatusOr<v1::Job> ToProto(const JobView& view) {
  v1::Job job;
  const JobRow& row = view.row;
  job.set_name(absl::StrCat("jobs/", row.name));
  job.set_display_name(row.display_name);
  job.set_state(row.state);
  job.set_corpus(absl::StrCat("corpora/", row.corpus_name));
  job.set_corpus_display_name(row.corpus_file_name);
  job.set_model(absl::StrCat("models/", row.model));
  ASSIGN_OR_RETURN(*job.mutable_hyperparameters(), JsonToStruct(row.hyperparameters));
  job.set_vocabulary_sha256(row.vocabulary_sha256);
  job.set_vocabulary_source(VocabularySourceOf(row));
  job.set_priority(static_cast<int32_t>(row.priority));
  *job.mutable_create_time() = ToTimestamp(row.created_at);
  if (row.started_at != 0) *job.mutable_start_time() = ToTimestamp(row.started_at);
  if (row.ended_at != 0) *job.mutable_end_time() = ToTimestamp(row.ended_at);
  *job.mutable_update_time() = ToTimestamp(row.updated_at);
  job.set_reason(row.reason.text());
  if (!row.reason.code().empty()) *job.mutable_reason_code() = ToProto(row.reason);
  job.set_queue_position(view.queue_position);
  job.set_step(row.step);
  job.set_total_steps(row.total_steps);
  job.set_last_sequence(row.last_sequence);
  job.set_model_path(row.model_path);
  if (const auto step = StepOfCheckpoint(row.model_path)) job.set_model_step(*step);
  job.set_device(row.device);
  if (!row.submitted_by.empty()) job.set_submitted_by(absl::StrCat("tokens/", row.submitted_by));
  const RunSummary& run = view.run;
  if (run.last_step) *job.mutable_last_step() = *run.last_step;
  if (run.first_evaluation) *job.mutable_first_evaluation() = *run.first_evaluation;
  if (run.last_evaluation) *job.mutable_last_evaluation() = *run.last_evaluation;
  if (run.best_evaluation) *job.mutable_best_evaluation() = *run.best_evaluation;
  job.set_skipped_steps(row.skipped_steps);
  job.set_probe_count(CountLines(row.probe));
  job.set_note(row.note);
  job.set_trace_parent(row.trace_parent);
  for (const auto& [key, value] : view.tags) (*job.mutable_tags())[key] = value;
  for (const JobCorpusRow& corpus : view.corpora) AddCorpus(corpus, &job);
  for (const FinetuningRow& finetuning : view.finetunings) {
    *job.add_finetunings() = ToProto(finetuning);
  }
  for (const Message& warning : view.warnings) {
    job.add_warnings(warning.text());
    *job.add_warning_codes() = ToProto(warning);
  }
  for (absl::string_view source : absl::StrSplit(row.model_sources, ' ', absl::SkipEmpty())) {
    job.add_model_sources(std::string(source));
  }
  job.set_etag(EtagOf(row.name, view.labels()));
  return job;
}

}  // namespace electra::server
