// Turns a trainer's reports into events in a job's log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "core/trainer.h"
#include "electra/v1/training.pb.h"
#include "server/store/database.h"
#include "server/store/quotas.h"

namespace electra::server {

// Used on the thread that trains; waits only for room in the database's queue, even while another
// program has the database locked. If an event cannot be stored, the job is stopped: a history with
// a hole would be worse than none. If its token has used up its storage, the job is asked to pause.
class JobEvents : public TrainingObserver {
 public:
  // `recorded_step`: the last one that the job's history holds. `quotas` must outlive this.
  JobEvents(Database& database, const Quotas& quotas, int64_t job_id, int64_t recorded_step,
            std::shared_ptr<StopSignal> stop);

  void OnPreparationProgress(const PreparationProgress& progress) override;
  void OnPrepared(const PreparationReport& report) override;
  void OnStarted(int64_t step, int64_t skipped_steps) override;
  void OnStep(const StepMetrics& metrics) override;
  void OnSkippedSteps(int64_t count) override;
  void OnSample(const SampleReport& sample) override;
  void OnEvaluation(const EvaluationMetrics& evaluation) override;
  void OnConfusions(const ConfusionReport& confusions) override;
  void OnCheckpoint(const CheckpointReport& checkpoint) override;
  void OnMessage(Severity severity, const Message& message) override;
  absl::Status Sync() override;
  absl::StatusOr<std::optional<size_t>> AdmitCheckpoint(int64_t needed,
                                                        std::span<const int64_t> older) override;

  // Why an event could not be stored; OK if all were.
  absl::Status failure() const;
  // Why there is no room for more; OK: there is.
  absl::Status no_room() const;

 private:
  // Outlives this object while writes are queued.
  struct Shared {
    explicit Shared(std::shared_ptr<StopSignal> signal) : stop(std::move(signal)) {}
    const std::shared_ptr<StopSignal> stop;
    absl::Mutex mutex;
    absl::Status failure ABSL_GUARDED_BY(mutex);
    absl::Status no_room ABSL_GUARDED_BY(mutex);  // the first one
  };

  void Append(v1::TrainingEvent event);
  // Whether the token may store more, after all that was reported so far.
  void CheckRoomLater();
  static void PauseFor(const absl::Status& no_room, Shared& shared);
  Database::DoneFunction OnDone() const;

  Database& database_;
  const Quotas& quotas_;
  const int64_t job_id_;
  int64_t recorded_step_;
  int64_t unchecked_bytes_ = 0;  // that were reported since it was asked whether there is room
  const std::shared_ptr<Shared> shared_;
};

}  // namespace electra::server
