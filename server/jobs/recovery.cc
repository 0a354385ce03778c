#include "server/jobs/recovery.h"

#include <string>
#include <vector>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint_folders.h"
#include "server/base/log.h"
#include "server/jobs/rewind.h"
#include "server/jobs/storage.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"
#include "server/store/training_times.h"

namespace electra::server {

absl::Status RecoverJobs(Database& database, const Trainer& trainer, const DataDir& data_dir) {
  return database.Write(
      [&](Transaction& transaction) {
        const Message restarted = Message("DAEMON_RESTARTED", "the daemon was restarted");
        for (v1::JobState state : {v1::PREPARING, v1::RUNNING}) {
          for (const JobRow& job : ListJobsInState(transaction, state)) {
            const v1::JobState to = job.cancel_requested  ? v1::CANCELLED
                                    : job.pause_requested ? v1::PAUSED
                                                          : v1::QUEUED;
            EndLostTrainingTime(transaction, job.id);  // before further events
            if (to != v1::CANCELLED) {
              const std::vector<int64_t> steps =
                  CheckpointSteps(CheckpointsDir(data_dir.job(job.name)));
              RewindRun(transaction, job.id, steps.empty() ? 0 : steps.back(),
                        RewindCause::kServerStopped);
            }
            RETURN_IF_ERROR(ChangeState(transaction, job.id, to, restarted));
            ForgetFolderBytes(transaction, job.id);
            Log(LogLevel::kWarning, "job_recovered",
                {{"job", job.name}, {"state", std::string(JobStateName(to))}});
          }
        }
        for (const JobRow& job : ListJobsInState(transaction, v1::QUEUED)) {
          const absl::Status device = trainer.ResolveDevice(job.requested_device).status();
          if (device.ok()) continue;
          RETURN_IF_ERROR(ChangeState(transaction, job.id, v1::FAILED, MessageOf(device)));
        }
        MeasureJobs(transaction, data_dir);
        return absl::OkStatus();
      },
      OnFullDisk::kUseReserve);
}

}  // namespace electra::server
