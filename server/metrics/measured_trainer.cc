#include "server/metrics/measured_trainer.h"

namespace electra::server {
namespace {

class MeasuringObserver : public TrainingObserver {
 public:
  MeasuringObserver(TrainingObserver& observer, Metrics& metrics, std::string job,
                    std::string device)
      : observer_(observer), metrics_(metrics), job_(std::move(job)), device_(std::move(device)) {}
  ~MeasuringObserver() override { metrics_.EndJob(job_, device_); }

  void OnPreparationProgress(const PreparationProgress& progress) override {
    observer_.OnPreparationProgress(progress);
  }
  void OnModelRead() override {
    metrics_.AddModelRead(1);
    observer_.OnModelRead();
  }
  void OnPrepared(const PreparationReport& report) override { observer_.OnPrepared(report); }
  void OnStarted(int64_t step, int64_t skipped_steps) override {
    observer_.OnStarted(step, skipped_steps);
  }
  void OnStep(const StepMetrics& metrics) override {
    metrics_.AddStep(job_, device_, metrics);
    observer_.OnStep(metrics);
  }
  void OnSkippedSteps(int64_t count) override {
    metrics_.AddSkippedStep();
    observer_.OnSkippedSteps(count);
  }
  void OnSample(const SampleReport& sample) override { observer_.OnSample(sample); }
  void OnEvaluation(const EvaluationMetrics& evaluation) override {
    observer_.OnEvaluation(evaluation);
  }
  void OnConfusions(const ConfusionReport& confusions) override {
    observer_.OnConfusions(confusions);
  }
  void OnCheckpoint(const CheckpointReport& checkpoint) override {
    metrics_.AddCheckpoint(checkpoint.size_bytes);
    observer_.OnCheckpoint(checkpoint);
  }
  void OnMessage(Severity severity, const Message& message) override {
    observer_.OnMessage(severity, message);
  }
  absl::Status Sync() override { return observer_.Sync(); }
  absl::StatusOr<std::optional<size_t>> AdmitCheckpoint(int64_t needed,
                                                        std::span<const int64_t> older) override {
    return observer_.AdmitCheckpoint(needed, older);
  }

 private:
  TrainingObserver& observer_;
  Metrics& metrics_;
  const std::string job_;
  const std::string device_;
};

}  // namespace

absl::StatusOr<TrainingOutcome> MeasuredTrainer::Train(const TrainingTask& task,
                                                       TrainingObserver& observer,
                                                       const StopSignal& stop) {
  const std::string& device = task.hyperparameters.device;
  MeasuringObserver measuring(observer, metrics_, task.job_dir.filename().string(), device);
  return trainer_->Train(task, measuring, stop);
}

}  // namespace electra::server
