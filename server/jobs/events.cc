#include "server/jobs/events.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/jobs/report_messages.h"
#include "server/store/confusions.h"
#include "server/store/events.h"
#include "server/store/jobs.h"

namespace electra::server {

JobEvents::JobEvents(Database& database, int64_t job_id, int64_t recorded_step,
                     std::shared_ptr<StopSignal> stop)
    : database_(database),
      job_id_(job_id),
      recorded_step_(recorded_step),
      shared_(std::make_shared<Shared>(std::move(stop))) {}

absl::Status JobEvents::failure() const {
  absl::MutexLock lock(&shared_->mutex);
  return shared_->failure;
}

Database::DoneFunction JobEvents::OnDone() const {
  return [shared = shared_](const absl::Status& status) {
    if (status.ok()) return;
    absl::MutexLock lock(&shared->mutex);
    shared->failure.Update(status);
    shared->stop->Request(StopReason::kCancel);
  };
}

void JobEvents::Append(v1::TrainingEvent event) {
  const size_t bytes = event.ByteSizeLong();
  database_.WriteLater(
      [job_id = job_id_, event = std::move(event)](Transaction& transaction) {
        AppendEvent(transaction, job_id, event);
        return absl::OkStatus();
      },
      OnDone(), bytes);
}

void JobEvents::OnPreparationProgress(const PreparationProgress& progress) {
  v1::TrainingEvent event;
  *event.mutable_preparation_progress() = ToProto(progress);
  Append(std::move(event));
}

void JobEvents::OnPrepared(const PreparationReport& report) {
  database_.WriteLater(
      [job_id = job_id_, report](Transaction& transaction) {
        SetPrepared(transaction, job_id, report.total_steps, report.device);
        v1::TrainingEvent event;
        *event.mutable_preparation() = ToProto(report);
        AppendEvent(transaction, job_id, std::move(event));
        return ChangeState(transaction, job_id, v1::RUNNING, "");
      },
      OnDone());
}

void JobEvents::OnResumed(int64_t step) {
  OnMessage(Severity::kInfo, absl::StrCat("RESUMED from step ", step));
  // A checkpoint is never ahead of its own history: the database is an older one, restored.
  if (step > recorded_step_) {
    OnMessage(Severity::kWarning,
              absl::StrCat("the history ends with step ", recorded_step_, ", the checkpoint is of ",
                           step, ": the steps between are trained, but not in the history"));
  }
}

void JobEvents::OnStep(const StepMetrics& metrics) {
  recorded_step_ = std::max(recorded_step_, metrics.step);
  v1::TrainingEvent event;
  *event.mutable_step() = ToProto(metrics);
  Append(std::move(event));
}

// The warning that comes with it is the event.
void JobEvents::OnSkippedSteps(int64_t count) {
  database_.WriteLater(
      [job_id = job_id_, count](Transaction& transaction) {
        SetSkippedSteps(transaction, job_id, count);
        return absl::OkStatus();
      },
      OnDone());
}

void JobEvents::OnSample(const SampleReport& sample) {
  v1::TrainingEvent event;
  *event.mutable_sample() = ToProto(sample);
  Append(std::move(event));
}

void JobEvents::OnEvaluation(const EvaluationMetrics& evaluation) {
  v1::TrainingEvent event;
  *event.mutable_evaluation() = ToProto(evaluation);
  Append(std::move(event));
}

// The history alone: a watcher is told of the evaluation.
void JobEvents::OnConfusions(const ConfusionReport& confusions) {
  database_.WriteLater(
      [job_id = job_id_, confusions](Transaction& transaction) {
        PutConfusions(transaction, job_id, confusions);
        return absl::OkStatus();
      },
      OnDone());
}

void JobEvents::OnCheckpoint(const CheckpointReport& checkpoint) {
  v1::TrainingEvent event;
  *event.mutable_checkpoint() = ToProto(checkpoint);
  Append(std::move(event));
}

absl::Status JobEvents::Sync() {
  RETURN_IF_ERROR(database_.Flush());
  return failure();
}

void JobEvents::OnMessage(Severity severity, std::string_view text) {
  v1::TrainingEvent event;
  *event.mutable_log() = ToProto(severity, text);
  Append(std::move(event));
}

}  // namespace electra::server
