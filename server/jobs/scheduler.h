// Takes jobs off the queue and trains them, one at a time on each device. A job may have several
// devices.
//
// placement.h has the policy: which job begins where, and which makes room for a more urgent one. A
// job that makes room writes a checkpoint and goes back to its place in the queue.
//
// A device that no job needs may do other work (SchedulerHooks::idle_work), which makes room within
// a step.
//
// One thread watches the queue. Each device has one more, which trains, since that blocks; it is
// named after its device. A job over several devices runs on the thread of its first. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/trainer.h"
#include "server/base/data_dir.h"
#include "server/base/monotonic_condition.h"
#include "server/jobs/events.h"
#include "server/jobs/placement.h"
#include "server/store/database.h"
#include "server/store/jobs.h"
#include "server/store/quotas.h"

namespace electra::server {

// Settings and callbacks of the scheduler; any may be empty.
struct SchedulerHooks {
  // The number of ranks in the launch whose first rank this process is; 0: there is no launch.
  int64_t launch_ranks = 0;
  // Limits on storage; null: the size of the disk. Must outlive the scheduler.
  const Quotas* quotas = nullptr;
  // Bytes of a device that no process uses; negative: not known. A job that can run on any device
  // gets the one with the most.
  std::function<int64_t(const std::string& device)> free_memory;
  // A job left the queue for a device after this time.
  std::function<void(double seconds)> on_queue_wait;
  // Does a piece of work on a device that no job has or waits for, on the device's thread; false:
  // there is none. Called again after each piece, and after Wake() where there was none. A new job
  // requests `stop` and waits for the end of the piece. An error is logged; IsDeviceLost counts as
  // a job's.
  std::function<absl::StatusOr<bool>(const std::string& device,
                                     const std::shared_ptr<StopSignal>& stop)>
      idle_work;
  // A job is about to be trained; called on its thread.
  std::function<void()> before_training;
  // A device cannot be used by this process any more. The scheduler takes no more jobs and has
  // asked the training ones to stop; the daemon must shut down and the process end.
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

  // A job was queued, or something else changed for waiting jobs.
  void Wake();

  // The next four take an id or a unique prefix of it, and return the job as it is then. NotFound,
  // or InvalidArgument for an ambiguous prefix.

  // A waiting job ends at once; a training one is asked to stop. FailedPrecondition: it has ended.
  absl::StatusOr<JobRow> Cancel(std::string_view name);

  // A waiting job is PAUSED at once, a training one after its step and a checkpoint.
  // FailedPrecondition: it has ended.
  absl::StatusOr<JobRow> Pause(std::string_view name);
  // Back into the queue. FailedPrecondition: it is neither paused nor about to be.
  // ResourceExhausted: its token has used up its storage.
  absl::StatusOr<JobRow> Resume(std::string_view name);
  // Back into the queue, to go on from its last checkpoint. FailedPrecondition: it has not ended, or
  // has SUCCEEDED, or its model's name is another's now. NotFound: its corpus, model or device is
  // gone. ResourceExhausted: its token has too many jobs in the queue, or has used up its storage.
  absl::StatusOr<JobRow> Retry(std::string_view name);

  // Asks training jobs to write a checkpoint and stop, and waits for them. They are queued again.
  void Shutdown();

  // Whether the devices here can ever run such a job. InvalidArgument: they are too few.
  absl::Status CheckDevices(const std::string& requested_device, int64_t devices) const;

  // The current use of a device: names of jobs, or empty.
  struct DeviceJobs {
    std::string running_job;  // trains on it
    std::string waiting_job;  // will be the next to have it, once its other devices are free too
  };
  DeviceJobs JobsOf(std::string_view device) const;

 private:
  // A job and its devices, from leaving the queue until its end is stored.
  struct Active {
    std::string name;
    int64_t priority = 0;
    std::vector<std::string> devices;
    std::shared_ptr<StopSignal> stop;
  };
  struct Worker {
    std::string device;
    std::optional<JobRow> job;  // to be trained; guarded by mutex_
    int64_t idle_wakes = -1;    // wakes_ when there was no idle work; guarded by mutex_
    std::thread thread;
  };

  void RunQueue();
  // One pass over the queue: begins jobs that can begin, and stops jobs that must make room.
  absl::Status Dispatch();
  Placement Place(Reader& reader);
  // Takes the job out of the queue and gives it to the thread of its first device.
  absl::Status Begin(const Placement::Start& start);
  void RunWorker(Worker& worker);
  // Whether the device's thread may look for idle work.
  bool IsIdle(const Worker& worker) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunIdleWork(Worker& worker);
  void RunJob(const JobRow& job);
  // The job and its devices, once idle work has left them.
  Active AwaitDevices(int64_t job_id);
  absl::StatusOr<TrainingOutcome> Train(const JobRow& job, const Active& active, JobEvents& events);
  // `no_room`: why its token may not store more; OK: it may.
  void FinishJob(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome,
                 const absl::Status& no_room);
  // Nothing begins any more, and training jobs are asked to stop.
  void StopAll();
  void RequestStop(int64_t job_id, StopReason reason);
  // Runs `change` on the job in a transaction; returns the changed job.
  absl::StatusOr<JobRow> Change(
      std::string_view name,
      const std::function<absl::Status(Transaction& transaction, const JobRow& job)>& change,
      OnFullDisk on_full = OnFullDisk::kFail);

  Database& database_;
  Trainer& trainer_;
  const DataDir& data_dir_;
  const SchedulerHooks hooks_;
  const Quotas& quotas_;
  const std::vector<PlaceableDevice> devices_;
  std::vector<std::unique_ptr<Worker>> workers_;  // constant after Start; one per device
  std::thread queue_thread_;

  mutable absl::Mutex mutex_;
  int64_t wakes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool queue_ended_ ABSL_GUARDED_BY(mutex_) = false;          // no worker is given another job
  MonotonicCondition changed_;                                // any of these, or a worker's job
  std::map<int64_t, Active> active_ ABSL_GUARDED_BY(mutex_);  // by job id
  std::map<std::string, std::string, std::less<>> held_ ABSL_GUARDED_BY(mutex_);     // device: job
  std::map<std::string, std::shared_ptr<StopSignal>> idle_ ABSL_GUARDED_BY(mutex_);  // by device
};

}  // namespace electra::server
