// What a daemon does with the jobs that an earlier one left unfinished.
//
// A free function without state; its effects are on the database.
#pragma once

#include "absl/status/status.h"
#include "core/trainer.h"
#include "server/base/data_dir.h"
#include "server/store/database.h"

namespace electra::server {

// Jobs that were on a device go back into the queue, to continue from their last checkpoint, or are
// CANCELLED or PAUSED where a user had asked for that. Queued jobs whose device is not here any
// more are FAILED.
absl::Status RecoverJobs(Database& database, const Trainer& trainer, const DataDir& data_dir);

}  // namespace electra::server
