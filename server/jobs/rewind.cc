#include "server/jobs/rewind.h"

#include <optional>
#include <utility>

#include "core/base/message.h"
#include "server/jobs/report_messages.h"
#include "server/store/events.h"
#include "server/store/history.h"

namespace electra::server {
namespace {

// The text for the log: from `last` back to `step`.
Message RewindMessage(int64_t step, int64_t last, RewindCause cause) {
  const bool server = cause == RewindCause::kServerStopped;
  if (step == 0) {
    return server
               ? Message("SERVER_STOPPED_BEFORE_CHECKPOINT",
                         "the server stopped at step {last} before the first checkpoint: the job "
                         "starts over, and its results so far no longer count",
                         last)
               : Message("ATTEMPT_ENDED_BEFORE_CHECKPOINT",
                         "the attempt before ended at step {last} before the first checkpoint: "
                         "the job starts over, and its results so far no longer count",
                         last);
  }
  return server
             ? Message("SERVER_STOPPED_AFTER_CHECKPOINT",
                       "the server stopped at step {last}, after the checkpoint of step {step}: "
                       "the job goes on from there, and results of later steps no longer count",
                       last, step)
             : Message("ATTEMPT_ENDED_AFTER_CHECKPOINT",
                       "the attempt before ended at step {last}, after the checkpoint of step "
                       "{step}: the job goes on from there, and results of later steps no longer "
                       "count",
                       last, step);
}

}  // namespace

void RewindRun(Transaction& transaction, int64_t job_id, int64_t step, RewindCause cause) {
  const std::optional<int64_t> last = RewindHistory(transaction, job_id, step);
  if (!last) return;
  v1::TrainingEvent rewind;
  rewind.mutable_rewind()->set_step(step);
  rewind.mutable_rewind()->set_last_step(*last);
  AppendEvent(transaction, job_id, std::move(rewind));
  v1::TrainingEvent warning;
  *warning.mutable_log() = ToProto(Severity::kWarning, RewindMessage(step, *last, cause));
  AppendEvent(transaction, job_id, std::move(warning));
}

}  // namespace electra::server
