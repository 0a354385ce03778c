// What a trainer reports, as events in a job's log.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "core/trainer.h"
#include "electra/v1/training.pb.h"
#include "server/store/database.h"

namespace electra::server {

// Used on the thread that trains; waits for nothing but room in the database's queue, also while
// another program has the database locked. When an event cannot be stored the job is stopped: a
// history with a hole would be worse than none.
class JobEvents : public TrainingObserver {
 public:
  // `recorded_step`: the last one that the job's history holds.
  JobEvents(Database& database, int64_t job_id, int64_t recorded_step,
            std::shared_ptr<StopSignal> stop);

  void OnPreparationProgress(const PreparationProgress& progress) override;
  void OnPrepared(const PreparationReport& report) override;
  void OnResumed(int64_t step) override;
  void OnStep(const StepMetrics& metrics) override;
  void OnSkippedSteps(int64_t count) override;
  void OnSample(const SampleReport& sample) override;
  void OnEvaluation(const EvaluationMetrics& evaluation) override;
  void OnConfusions(const ConfusionReport& confusions) override;
  void OnCheckpoint(const CheckpointReport& checkpoint) override;
  void OnMessage(Severity severity, std::string_view text) override;
  absl::Status Sync() override;

  // Why an event could not be stored; OK if all were.
  absl::Status failure() const;

 private:
  // Outlives this object while writes are queued.
  struct Shared {
    explicit Shared(std::shared_ptr<StopSignal> signal) : stop(std::move(signal)) {}
    const std::shared_ptr<StopSignal> stop;
    absl::Mutex mutex;
    absl::Status failure ABSL_GUARDED_BY(mutex);
  };

  void Append(v1::TrainingEvent event);
  Database::DoneFunction OnDone() const;

  Database& database_;
  const int64_t job_id_;
  int64_t recorded_step_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace electra::server
