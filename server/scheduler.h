// Takes jobs off the queue and trains them, one at a time a device.
//
// One thread a device, since training blocks; each is named after its device. Thread-safe.
#pragma once

#include <cstdint>
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

  // Puts the jobs that an earlier daemon left unfinished back into the queue and starts.
  absl::Status Start();

  // A job was queued.
  void Wake();

  // A waiting job ends at once; a training one is asked to stop. FailedPrecondition: it has ended.
  absl::StatusOr<JobRow> Cancel(std::string_view name);

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
    std::shared_ptr<StopSignal> stop;
  };

  absl::Status Recover();
  void RunWorker(const Worker& worker);
  absl::StatusOr<std::optional<JobRow>> TakeNextJob(const Worker& worker);
  void RunJob(const JobRow& job, const std::string& device);
  absl::StatusOr<TrainingTask> MakeTask(const JobRow& job, const std::string& device);
  void FinishJob(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome);

  Database& database_;
  Trainer& trainer_;
  const DataDir& data_dir_;
  std::vector<std::unique_ptr<Worker>> workers_;  // constant after Start

  mutable absl::Mutex mutex_;
  int64_t wakes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<int64_t, Active> active_ ABSL_GUARDED_BY(mutex_);  // by job id
};

}  // namespace electra
