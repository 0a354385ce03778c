#include "server/jobs/events.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/access/limits.h"
#include "server/jobs/report_messages.h"
#include "server/jobs/rewind.h"
#include "server/jobs/storage.h"
#include "server/store/confusions.h"
#include "server/store/events.h"
#include "server/store/job_sizes.h"
#include "server/store/jobs.h"

namespace electra::server {
namespace {

// Bytes of events between two checks of the token's storage limit.
constexpr int64_t kCheckRoomEvery = 1 << 20;

}  // namespace

JobEvents::JobEvents(Database& database, const Quotas& quotas, int64_t job_id,
                     int64_t recorded_step, std::shared_ptr<StopSignal> stop)
    : database_(database),
      quotas_(quotas),
      job_id_(job_id),
      recorded_step_(recorded_step),
      shared_(std::make_shared<Shared>(std::move(stop))) {}

absl::Status JobEvents::failure() const {
  absl::MutexLock lock(&shared_->mutex);
  return shared_->failure;
}

absl::Status JobEvents::no_room() const {
  absl::MutexLock lock(&shared_->mutex);
  return shared_->no_room;
}

Database::DoneFunction JobEvents::OnDone() const {
  return [shared = shared_](const absl::Status& status) {
    if (status.ok()) return;
    absl::MutexLock lock(&shared->mutex);
    shared->failure.Update(status);
    shared->stop->Request(StopReason::kCancel);
  };
}

void JobEvents::PauseFor(const absl::Status& no_room, Shared& shared) {
  absl::MutexLock lock(&shared.mutex);
  shared.no_room.Update(no_room);
  shared.stop->Request(StopReason::kPause);
}

void JobEvents::CheckRoomLater() {
  unchecked_bytes_ = 0;
  database_.WriteLater(
      [job_id = job_id_, shared = shared_](Transaction& transaction) {
        const absl::Status room = CheckStorage(transaction, TokenOfJob(transaction, job_id));
        if (!room.ok()) PauseFor(room, *shared);
        return absl::OkStatus();
      },
      OnDone());
}

absl::StatusOr<std::optional<size_t>> JobEvents::AdmitCheckpoint(int64_t needed,
                                                                 std::span<const int64_t> older) {
  absl::Status no_room;  // not for a full disk: then the job fails
  absl::StatusOr<size_t> stay =
      database_.Write<size_t>([&](Transaction& transaction) -> absl::StatusOr<size_t> {
        absl::StatusOr<size_t> taken =
            TakeCheckpointRoom(transaction, quotas_, job_id_, needed, older);
        no_room = taken.status();
        return taken;
      });
  if (stay.ok()) return *stay;
  if (!absl::IsResourceExhausted(no_room)) return stay.status();
  PauseFor(no_room, *shared_);
  return std::nullopt;
}

void JobEvents::Append(v1::TrainingEvent event) {
  const size_t bytes = event.ByteSizeLong();
  unchecked_bytes_ += static_cast<int64_t>(bytes);
  database_.WriteLater(
      [job_id = job_id_, event = std::move(event)](Transaction& transaction) {
        AppendEvent(transaction, job_id, event);
        return absl::OkStatus();
      },
      OnDone(), bytes);
  if (unchecked_bytes_ >= kCheckRoomEvery) CheckRoomLater();
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
        return ChangeState(transaction, job_id, v1::RUNNING);
      },
      OnDone());
}

void JobEvents::OnStarted(int64_t step, int64_t skipped_steps) {
  database_.WriteLater(
      [job_id = job_id_, step, skipped_steps](Transaction& transaction) {
        RewindRun(transaction, job_id, step, RewindCause::kEarlierEnd);
        SetSkippedSteps(transaction, job_id, skipped_steps);
        return absl::OkStatus();
      },
      OnDone());
  if (step > 0) {
    OnMessage(Severity::kInfo, Message("RESUMED_FROM_STEP", "RESUMED from step {step}", step));
  }
  // A checkpoint is never ahead of its own history: this is an older database, restored.
  if (step > recorded_step_) {
    OnMessage(Severity::kWarning,
              Message("HISTORY_ENDS_EARLIER",
                      "the history ends with step {step}, the checkpoint is of {checkpoint}: the "
                      "steps between are trained, but not in the history",
                      recorded_step_, step));
  }
  recorded_step_ = std::min(recorded_step_, step);
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

// Only into the history: watchers get the evaluation.
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

void JobEvents::OnMessage(Severity severity, const Message& message) {
  v1::TrainingEvent event;
  *event.mutable_log() = ToProto(severity, message);
  Append(std::move(event));
}

}  // namespace electra::server
