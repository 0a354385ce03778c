#include "server/jobs/ending.h"

#include "absl/strings/str_cat.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

// A job that has lost its device so often without getting further may be what breaks it.
constexpr int64_t kMostDeviceLosses = 3;

}  // namespace

Ending EndingOfLoss(const JobRow& job, const absl::Status& error, int64_t losses) {
  const std::string why = absl::StrCat("its device failed: ", std::string(error.message()));
  if (job.cancel_requested) return {v1::CANCELLED, why};
  if (losses >= kMostDeviceLosses) {
    return {v1::FAILED, absl::StrCat("it has failed with its device ", losses, " times after step ",
                                     job.step, "; ", why)};
  }
  if (job.pause_requested) return {v1::PAUSED, why};
  return {v1::QUEUED, absl::StrCat(why, "; the job goes on when the daemon has restarted")};
}

Ending EndingOf(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome,
                const std::string& no_room) {
  if (!outcome.ok()) return {v1::FAILED, std::string(outcome.status().message())};
  if (outcome->stopped == StopReason::kNone) return {v1::SUCCEEDED, outcome->note.text()};
  if (job.cancel_requested) {
    return {v1::CANCELLED,
            absl::StrCat("cancelled after step ", outcome->step,
                         outcome->note.text().empty() ? "" : "; ", outcome->note.text())};
  }
  if (!no_room.empty()) {
    return {v1::PAUSED, absl::StrCat("paused after step ", outcome->step, "; ", no_room)};
  }
  if (job.pause_requested) return {v1::PAUSED, absl::StrCat("paused after step ", outcome->step)};
  const char* why = outcome->stopped == StopReason::kPreempt    ? "a more urgent job is first"
                    : outcome->stopped == StopReason::kShutdown ? "the daemon is shutting down"
                                                                : "resumed";
  return {v1::QUEUED, absl::StrCat(why, "; the job goes on after step ", outcome->step)};
}

}  // namespace electra::server
