#include "server/jobs/ending.h"

#include <string>

#include "core/base/device_lost.h"
#include "core/base/status_macros.h"
#include "electra/v1/job.pb.h"
#include "server/base/errors.h"
#include "server/base/log.h"
#include "server/jobs/rewind.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"
#include "server/store/training_times.h"

namespace electra::server {
namespace {

// A job that has lost its device so often without getting further may be what breaks it.
constexpr int64_t kMostDeviceLosses = 3;

struct Ending {
  v1::JobState state = v1::SUCCEEDED;
  Message reason;
};

Message CancelledAfter(int64_t step, const Message& note) {
  if (note.text().empty()) {
    return Message("CANCELLED_AFTER_STEP", "cancelled after step {step}", step);
  }
  return Message("CANCELLED_WITH_NOTE", "cancelled after step {step}; {note}", step, note);
}

// A job that goes back into the queue.
Message WhyItStopped(StopReason reason) {
  if (reason == StopReason::kPreempt) {
    return Message("MORE_URGENT_JOB", "a more urgent job is first");
  }
  return reason == StopReason::kShutdown ? ShuttingDown() : Resumed();
}

// A job whose device was lost under it, for the `losses`th time at this step.
Ending EndingOfLoss(const JobRow& job, const absl::Status& error, int64_t losses) {
  const Message why = Message("DEVICE_FAILED", "its device failed: {error}", error);
  if (job.cancel_requested) return {v1::CANCELLED, why};
  if (losses >= kMostDeviceLosses) {
    return {v1::FAILED,
            Message("DEVICE_FAILED_AGAIN",
                    "it has failed with its device {losses} times after step {step}; {cause}",
                    losses, job.step, why)};
  }
  if (job.pause_requested) return {v1::PAUSED, why};
  return {v1::QUEUED, Message("GOES_ON_AFTER_RESTART",
                              "{cause}; the job goes on when the daemon has restarted", why)};
}

// Requests made meanwhile are in the row. `no_room`: as for StoreEnding.
Ending EndingOf(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome,
                const absl::Status& no_room) {
  if (!outcome.ok()) return {v1::FAILED, MessageOf(outcome.status())};
  const auto& [stopped, step, model_dir, note] = *outcome;
  if (stopped == StopReason::kNone) return {v1::SUCCEEDED, note};
  if (job.cancel_requested) return {v1::CANCELLED, CancelledAfter(step, note)};
  if (!no_room.ok()) {
    return {v1::PAUSED,
            Message("PAUSED_WITHOUT_ROOM", "paused after step {step}; {cause}", step, no_room)};
  }
  if (job.pause_requested) {
    return {v1::PAUSED, Message("PAUSED_AFTER_STEP", "paused after step {step}", step)};
  }
  return {v1::QUEUED, Message("GOES_ON_AFTER_STEP", "{cause}; the job goes on after step {step}",
                              WhyItStopped(stopped), step)};
}

}  // namespace

Message Resumed() { return Message("RESUMED", "resumed"); }

absl::Status StoreEnding(Database& database, const JobRow& job,
                         const absl::StatusOr<TrainingOutcome>& outcome,
                         const absl::Status& no_room, int64_t folder_bytes) {
  Ending ending;
  const absl::Status written = database.Write(
      [&](Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const JobRow now, GetJob(transaction, job.id));
        ending = IsDeviceLost(outcome.status())
                     ? EndingOfLoss(now, outcome.status(), AddDeviceLoss(transaction, job.id))
                     : EndingOf(now, outcome, no_room);
        SetFolderBytes(transaction, job.id, folder_bytes);
        EndTrainingTime(transaction, job.id);
        // It continues from that step, which is not later than the last recorded one.
        if (outcome.ok() && !IsTerminal(ending.state)) {
          RewindRun(transaction, job.id, outcome->step, RewindCause::kEarlierEnd);
        }
        // The checkpoints of a job that goes on may be pruned.
        if (outcome.ok() && IsTerminal(ending.state) && !outcome->model_dir.empty()) {
          SetModelPath(transaction, job.id, outcome->model_dir.string());
        }
        return ChangeState(transaction, job.id, ending.state, ending.reason);
      },
      OnFullDisk::kUseReserve);
  Log(written.ok() ? LogLevel::kInfo : LogLevel::kError, "job_stopped",
      {{"job", job.name},
       {"state", std::string(JobStateName(ending.state))},
       {"reason", ending.reason.text()},
       {"stored", written.ok() ? "yes" : std::string(written.message())}});
  return written;
}

}  // namespace electra::server
