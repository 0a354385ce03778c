// Does the runs of fine-tunings, one per call, on devices that no job needs
// (SchedulerHooks::idle_work).
//
// An interrupted run begins again at its next turn; finished runs are in the database, so that a
// restarted daemon continues from there. A fine-tuning has one device at a time. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/task/finetuning.h"
#include "core/trainer.h"
#include "server/base/data_dir.h"
#include "server/store/database.h"
#include "server/store/finetunings.h"

namespace electra::server {

class Finetuner {
 public:
  using Run = std::function<absl::StatusOr<FinetuningResult>(
      const FinetuningTask& task, const StopSignal& stop,
      const std::function<void(double)>& on_progress)>;

  // All must outlive it. Cards are used where the trainer has some, else the processor.
  Finetuner(Database& database, const Trainer& trainer, const DataDir& data_dir,
            Run run = RunFinetuning);

  // Queues the fine-tunings that an earlier daemon was running. Call it before the first RunNext().
  absl::Status Recover();

  // Does the next run; false: there is none for this device. Returns soon after `stop` is
  // requested. IsDeviceLost: the process must end; other errors are the database's.
  absl::StatusOr<bool> RunNext(const std::string& device, const std::shared_ptr<StopSignal>& stop);

  // Ends the current run of this fine-tuning, if there is one.
  void Stop(int64_t finetuning_id);

 private:
  absl::StatusOr<bool> Take(const std::shared_ptr<StopSignal>& stop, FinetuningRow* row);
  absl::Status RunOne(const FinetuningRow& row, const std::string& device,
                      const std::shared_ptr<StopSignal>& stop);
  absl::StatusOr<FinetuningTask> MakeTask(const FinetuningRow& row, const FinetuningRunRow& next,
                                          const std::string& device);
  absl::Status SetState(int64_t id, v1::JobState state, const Message& reason = {});
  // Stores a finished run, unless it is not needed any more.
  absl::Status Store(const FinetuningRow& row, const FinetuningRunRow& done);

  Database& database_;
  const DataDir& data_dir_;
  const bool uses_cards_;
  const Run run_;

  absl::Mutex mutex_;
  // Fine-tunings that have a device, by id.
  std::map<int64_t, std::shared_ptr<StopSignal>> busy_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace electra::server
