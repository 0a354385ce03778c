// A trainer without a model: reports `max_steps` steps at once, and stops where a test wants it.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "core/trainer.h"

namespace electra::server {

class FakeTrainer : public Trainer {
 public:
  // Train() waits after this step until Release() or a stop. 0: never.
  void HoldAfter(int64_t step) {
    absl::MutexLock lock(&mutex_);
    hold_after_ = step;
  }
  void Release() { HoldAfter(0); }

  // Train() reports steps of one second with this many tokens; without this call, they have no
  // speed.
  void TrainAt(double tokens_per_second) {
    absl::MutexLock lock(&mutex_);
    tokens_per_second_ = tokens_per_second;
  }

  // Train() goes on after this step, as from a checkpoint, and says so.
  void GoOnFrom(int64_t step) {
    absl::MutexLock lock(&mutex_);
    first_ = step;
  }

  // Train() ends with this after its steps.
  void FailWith(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    failure_ = std::move(status);
  }

  // Train() reports this many skipped steps before the first.
  void SkipSteps(int64_t count) {
    absl::MutexLock lock(&mutex_);
    skipped_steps_ = count;
  }

  // Train() adds this note to a model that is not the last step's.
  void EndWithNote(Message note) {
    absl::MutexLock lock(&mutex_);
    note_ = std::move(note);
  }

  // Train() ends with a checkpoint of this many bytes on the disk; 0: it only claims one.
  void SaveBytes(int64_t bytes) {
    absl::MutexLock lock(&mutex_);
    saved_bytes_ = bytes;
  }

  // Train() fails with this before its first step; OK: it does not.
  void FailAtOnce(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    early_failure_ = std::move(status);
  }

  // Unload() throws, as a library might.
  void ThrowAtUnload() { throws_at_unload_ = true; }

  // Adds a device besides the processor. Call it before the scheduler starts.
  void AddDevice(const std::string& name) { devices_.push_back({.name = name}); }

  // The devices on which jobs were trained, several as "a,b", in the order of trained().
  std::vector<std::string> devices_used() const {
    absl::MutexLock lock(&mutex_);
    return devices_used_;
  }

  // Names of job folders in the order in which they were trained.
  std::vector<std::string> trained() const {
    absl::MutexLock lock(&mutex_);
    return trained_;
  }

  absl::StatusOr<TrainingOutcome> Train(const TrainingTask& task, TrainingObserver& observer,
                                        const StopSignal& stop) override {
    {
      absl::MutexLock lock(&mutex_);
      trained_.push_back(task.job_dir.filename().string());
      devices_used_.push_back(task.devices.empty() ? task.hyperparameters.device
                                                   : absl::StrJoin(task.devices, ","));
    }
    const int64_t total = task.hyperparameters.max_steps;
    PreparationReport prepared;
    prepared.samples = 3;
    prepared.total_steps = total;
    prepared.device = "cpu";
    observer.OnPrepared(prepared);
    ReportSkippedSteps(observer);
    {
      absl::MutexLock lock(&mutex_);
      if (!early_failure_.ok()) return early_failure_;
    }
    int64_t step = GoOn(observer);
    while (step < total && !stop.requested()) {
      ++step;
      StepMetrics metrics;
      metrics.step = step;
      metrics.loss.combined_loss = 10.0 / static_cast<double>(step);
      {
        absl::MutexLock lock(&mutex_);
        metrics.tokens_per_second = tokens_per_second_;
        metrics.step_seconds = tokens_per_second_ > 0 ? 1 : 0;
      }
      observer.OnStep(metrics);
      if (step % 2 == 0) observer.OnSample(MakeSample(step));
      if (step % 2 == 0) ShowProbe(task, step, observer);
      if (step % 4 == 0) {
        observer.OnEvaluation({.step = step});
        observer.OnConfusions(MakeConfusions(step));
      }
      Hold(step, stop);
    }
    absl::StatusOr<bool> is_saved = Save(task, observer);
    if (!is_saved.ok()) return is_saved.status();
    if (!*is_saved) {
      absl::MutexLock lock(&mutex_);
      return TrainingOutcome{.stopped = StopReason::kPause, .step = first_.value_or(step)};
    }
    observer.OnCheckpoint({.step = step, .path = task.job_dir / "checkpoint", .size_bytes = 1});
    absl::MutexLock lock(&mutex_);
    if (!failure_.ok()) return failure_;
    return TrainingOutcome{.stopped = step == total ? StopReason::kNone : stop.reason(),
                           .step = step,
                           .model_dir = task.job_dir / "checkpoint",
                           .note = note_};
  }

  std::vector<DeviceReport> Devices() const override { return devices_; }

  UnloadReport Unload() override {
    if (throws_at_unload_) throw std::runtime_error("a library threw");
    return {};
  }
  absl::Status CheckPrecision(const Hyperparameters& values,
                              std::string_view device) const override {
    if (device != "cpu" || values.bf16 != Bf16::kTrue) return absl::OkStatus();
    return FailedPreconditionError("FAKE_WITHOUT_BFLOAT16", "no bfloat16 here");
  }

  // "Measured" FLOP/s; 0 where nobody set them.
  std::atomic<double> product_speed = 0;
  double ProductSpeed(const std::string&, std::string_view) const override { return product_speed; }

  absl::StatusOr<std::string> ResolveDevice(std::string_view requested) const override {
    if (requested == "cpu" || requested == "auto") return std::string("cpu");
    return NotFoundError("FAKE_DEVICE", "device {device} is not there", requested);
  }

 private:
  static SampleReport MakeSample(int64_t step) {
    SampleReport sample;
    sample.step = step;
    sample.tokens = {{.original = "[CLS]", .fake = "[CLS]"},
                     {.original = "웹", .fake = "앱", .text = "웹", .predicted_fake = true},
                     {.original = "##과", .fake = "##과", .text = "과"},
                     {.original = "[SEP]", .fake = "[SEP]"}};
    sample.fakes = 1;
    sample.caught = 1;
    return sample;
  }

  static ConfusionReport MakeConfusions(int64_t step) {
    ConfusionReport report{.step = step, .sequences = 2, .confusions = {}};
    report.confusions.tokens = 10;
    report.confusions.masked = 4;
    report.confusions.fakes = 3;
    report.confusions.caught = 1;
    report.confusions.suspected = 1;
    report.confusions.faked = {
        {.token = "웹", .count = 4, .masked = 3, .fakes = 3, .missed = 2, .suspected = 1}};
    report.confusions.suspects = report.confusions.faked;
    report.confusions.missed = {{.original = "웹", .fake = "앱", .fakes = 3, .missed = 2}};
    return report;
  }

  // The step after which training begins.
  int64_t GoOn(TrainingObserver& observer) {
    absl::MutexLock lock(&mutex_);
    if (first_) observer.OnStarted(*first_, 0);
    return first_.value_or(0);
  }

  // False: it was not admitted.
  absl::StatusOr<bool> Save(const TrainingTask& task, TrainingObserver& observer) {
    int64_t bytes = 0;
    {
      absl::MutexLock lock(&mutex_);
      bytes = saved_bytes_;
    }
    if (bytes == 0) return true;
    const absl::StatusOr<std::optional<size_t>> admitted = observer.AdmitCheckpoint(bytes, {});
    if (!admitted.ok()) return admitted.status();
    if (!*admitted) return false;
    std::filesystem::create_directories(task.job_dir / "checkpoint");
    std::ofstream(task.job_dir / "checkpoint" / "weights")
        << std::string(static_cast<size_t>(bytes), 'w');
    return true;
  }

  static void ShowProbe(const TrainingTask& task, int64_t step, TrainingObserver& observer) {
    for (size_t i = 0; i < task.probe.size(); ++i) {
      SampleReport sample = MakeSample(step);
      sample.probe = static_cast<int64_t>(i) + 1;
      sample.tokens[1].text = task.probe[i];
      observer.OnSample(sample);
    }
  }

  void ReportSkippedSteps(TrainingObserver& observer) {
    absl::MutexLock lock(&mutex_);
    for (int64_t count = 1; count <= skipped_steps_; ++count) observer.OnSkippedSteps(count);
  }

  void Hold(int64_t step, const StopSignal& stop) {
    // A stop comes without a wake-up: the signal is a plain atomic that trainers look at.
    while (!stop.requested()) {
      absl::MutexLock lock(&mutex_);
      const auto released = [&] { return hold_after_ == 0 || step < hold_after_; };
      if (mutex_.AwaitWithTimeout(absl::Condition(&released), absl::Milliseconds(5))) return;
    }
  }

  std::atomic<bool> throws_at_unload_ = false;
  mutable absl::Mutex mutex_;
  int64_t hold_after_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  absl::Status early_failure_ ABSL_GUARDED_BY(mutex_);
  Message note_ ABSL_GUARDED_BY(mutex_);
  std::optional<int64_t> first_ ABSL_GUARDED_BY(mutex_);  // nothing: not reported
  int64_t skipped_steps_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t saved_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  double tokens_per_second_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> trained_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> devices_used_ ABSL_GUARDED_BY(mutex_);
  std::vector<DeviceReport> devices_ = {
      {.name = "cpu", .description = "fake", .memory_bytes = 1}};  // constant once it is used
};

}  // namespace electra::server
