#include "server/jobs/rewind.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/jobs/report_messages.h"
#include "server/store/events.h"
#include "server/store/history.h"

namespace electra::server {
namespace {

v1::TrainingEvent Warn(const std::string& text) {
  v1::TrainingEvent event;
  *event.mutable_log() = ToProto(Severity::kWarning, Message::Uncoded(text));
  return event;
}

// What the log says: from `last` back to `step`.
v1::TrainingEvent RewindMessage(int64_t step, int64_t last, RewindCause cause) {
  const bool server = cause == RewindCause::kServerStopped;
  if (step == 0) {
    return Warn(absl::StrCat(
        server ? "the server stopped at step " : "the attempt before ended at step ", last,
        " before the first checkpoint: the job starts over, and its results so far no longer "
        "count"));
  }
  return Warn(
      absl::StrCat(server ? "the server stopped at step " : "the attempt before ended at step ",
                   last, ", after the checkpoint of step ", step,
                   ": the job goes on from there, and results of later steps no longer count"));
}

}  // namespace

void RewindRun(Transaction& transaction, int64_t job_id, int64_t step, RewindCause cause) {
  const std::optional<int64_t> last = RewindHistory(transaction, job_id, step);
  if (!last) return;
  v1::TrainingEvent rewind;
  rewind.mutable_rewind()->set_step(step);
  rewind.mutable_rewind()->set_last_step(*last);
  AppendEvent(transaction, job_id, std::move(rewind));
  AppendEvent(transaction, job_id, RewindMessage(step, *last, cause));
}

}  // namespace electra::server
