// Takes jobs off the queue and trains them, one at a time a device.
//
// A job of higher priority takes the device: the one that trains writes a checkpoint and goes back
// to its place in the queue.
//
// One thread a device, since training blocks; each is named after its device. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/trainer.h"
#include "server/data_dir.h"
#include "server/monotonic_condition.h"
#include "server/store/database.h"
#include "server/store/jobs.h"

namespace electra {

class Scheduler {
 public:
  // All must outlive the scheduler.
  Scheduler(Database& database, Trainer& trainer, const DataDir& data_dir);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Called before a job is trained, on the thread that will; to be set before Start().
  void SetJobListener(std::function<void()> listener) { job_listener_ = std::move(listener); }

  // Puts the jobs that an earlier daemon left unfinished back into the queue and starts.
  absl::Status Start();

  // A job was queued: idle workers look for it, and a less urgent job makes room for it.
  void Wake();

  // A waiting job ends at once; a training one is asked to stop. FailedPrecondition: it has ended.
  absl::StatusOr<JobRow> Cancel(std::string_view name);

  // A waiting job is PAUSED at once, a training one after its step and a checkpoint.
  // FailedPrecondition: it has ended.
  absl::StatusOr<JobRow> Pause(std::string_view name);
  // Back into the queue. FailedPrecondition: it is not paused, nor about to be.
  absl::StatusOr<JobRow> Resume(std::string_view name);
  // Back into the queue, on from its last checkpoint. FailedPrecondition: it has not ended, or has
  // SUCCEEDED.
  absl::StatusOr<JobRow> Retry(std::string_view name);

  // Asks training jobs to write a checkpoint and stop, and waits for them. They are queued again.
  void Shutdown();

  // The job that trains on a device now; empty when none.
  std::string RunningJob(std::string_view device) const;

 private:
  struct Worker {
    std::string device;
    std::vector<std::string> requests;  // values of `device` in a job that this worker serves
    std::thread thread;
  };
  struct Active {
    std::string device;
    std::string name;
    int64_t priority = 0;
    std::shared_ptr<StopSignal> stop;
  };

  absl::Status Recover();
  void RunWorker(const Worker& worker);
  absl::StatusOr<std::optional<JobRow>> TakeNextJob(const Worker& worker);
  void RunJob(const JobRow& job, const std::string& device);
  absl::StatusOr<TrainingTask> MakeTask(const JobRow& job, const std::string& device);
  void FinishJob(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome);
  // Asks one job to make room where a more urgent one waits and no worker is free for it.
  void Preempt();
  void RequestStop(int64_t job_id, StopReason reason);
  // Runs `change` on the job in a transaction; the job as it is then.
  absl::StatusOr<JobRow> Change(
      std::string_view name,
      const std::function<absl::Status(Transaction& transaction, const JobRow& job)>& change);

  Database& database_;
  Trainer& trainer_;
  const DataDir& data_dir_;
  std::function<void()> job_listener_;            // constant after Start
  std::vector<std::unique_ptr<Worker>> workers_;  // constant after Start

  mutable absl::Mutex mutex_;
  int64_t wakes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  MonotonicCondition stopped_;                                // stopping_ changed
  std::map<int64_t, Active> active_ ABSL_GUARDED_BY(mutex_);  // by job id
};

}  // namespace electra
