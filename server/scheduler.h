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

// What the scheduler asks and tells; any may be empty.
struct SchedulerHooks {
  // Bytes of a device that no process uses; negative: not known. A job that any device can have
  // gets the one with most.
  std::function<int64_t(const std::string& device)> free_memory;
  // A job left the queue for a device after so long.
  std::function<void(double seconds)> on_queue_wait;
  // A job is about to be trained, on the thread that will.
  std::function<void()> before_training;
  // A device cannot be used by this process any more. The scheduler takes no more jobs and has
  // asked those that train to stop; the daemon is to be shut down and the process to end.
  std::function<void(const std::string& device, const std::string& error)> on_device_lost;
};

class Scheduler {
 public:
  // All must outlive the scheduler.
  Scheduler(Database& database, Trainer& trainer, const DataDir& data_dir,
            SchedulerHooks hooks = {});
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

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
    bool is_idle = true;                // guarded by the scheduler's mutex_
    std::thread thread;
  };
  struct Active {
    std::string device;
    std::string name;
    int64_t priority = 0;
    std::shared_ptr<StopSignal> stop;
  };

  absl::Status Recover();
  void RunWorker(Worker& worker);
  // Nothing where no job waits for this worker; sets `left_job` where one is left to another.
  absl::StatusOr<std::optional<JobRow>> TakeNextJob(const Worker& worker, bool* left_job);
  void RunJob(const JobRow& job, const std::string& device);
  absl::StatusOr<TrainingTask> MakeTask(const JobRow& job, const std::string& device);
  void FinishJob(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome);
  // Another idle worker serves the job as well and has more free memory.
  bool IsBetterElsewhere(const Worker& worker, const JobRow& job);
  // Nothing begins any more, and what trains is asked to stop.
  void StopAll();
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
  const SchedulerHooks hooks_;
  std::vector<std::unique_ptr<Worker>> workers_;  // constant after Start

  mutable absl::Mutex mutex_;
  int64_t wakes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  MonotonicCondition changed_;                                // wakes_ or stopping_ changed
  std::map<int64_t, Active> active_ ABSL_GUARDED_BY(mutex_);  // by job id
};

}  // namespace electra
