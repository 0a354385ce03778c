// What jobs may have on the disk: before they are queued, and while they train.
//
// Everything is a sum in the database (store/job_sizes.h): free functions on a reader or
// transaction that the caller holds. The limits are those of the token that a job counts for,
// whoever calls.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/data_dir.h"
#include "server/store/database.h"
#include "server/store/quotas.h"

namespace electra::server {

// ResourceExhausted: a job of the token must not be queued, since the token's storage or the quota
// of checkpoints is used up.
absl::Status CheckRoomForJob(Reader& reader, const Quotas& quotas, std::string_view token);

// Takes room for a checkpoint (see TrainingObserver::AdmitCheckpoint) and records the folder's new
// size. Returns how many of the older ones may stay; ResourceExhausted: not even `needed` fits.
absl::StatusOr<size_t> TakeCheckpointRoom(Transaction& transaction, const Quotas& quotas,
                                          int64_t job_id, int64_t needed,
                                          std::span<const int64_t> older);

// Measures the folders of jobs of which that is not known.
void MeasureJobs(Transaction& transaction, const DataDir& data_dir);

}  // namespace electra::server
