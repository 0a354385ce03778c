// The state in which a job leaves its device, and why.
//
// Free functions without state.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/trainer.h"
#include "server/store/database.h"
#include "server/store/jobs.h"

namespace electra::server {

// Why a job that was paused is in the queue.
Message Resumed();

// Stores the state of a job that its trainer has let go, with the size of its folder and its end in
// the log. `no_room`: why its token may store no more; OK where it may.
absl::Status StoreEnding(Database& database, const JobRow& job,
                         const absl::StatusOr<TrainingOutcome>& outcome,
                         const absl::Status& no_room, int64_t folder_bytes);

}  // namespace electra::server
