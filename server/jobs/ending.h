// The state in which a job leaves its device, and why.
//
// Pure functions, and one without state whose effects are on the database.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/trainer.h"
#include "electra/v1/job.pb.h"
#include "server/store/database.h"
#include "server/store/jobs.h"

namespace electra::server {

struct Ending {
  v1::JobState state = v1::SUCCEEDED;
  Message reason;
};

// Why a job that was paused is in the queue.
Message Resumed();

// A job whose device was lost under it, for the `losses`th time at this step.
Ending EndingOfLoss(const JobRow& job, const absl::Status& error, int64_t losses);

// A job that its trainer has let go. Requests made meanwhile are in the row. `no_room`: why its
// token may store no more; OK where it may.
Ending EndingOf(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome,
                const absl::Status& no_room);

// Stores the ending of a job that its trainer has let go, with the size of its folder and its end
// in the log.
absl::Status StoreEnding(Database& database, const JobRow& job,
                         const absl::StatusOr<TrainingOutcome>& outcome,
                         const absl::Status& no_room, int64_t folder_bytes);

}  // namespace electra::server
