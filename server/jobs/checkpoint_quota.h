// Room for a job's checkpoints, before it begins or begins again. A free function; thread-safe.
#pragma once

#include "absl/status/status.h"
#include "server/access/caller.h"
#include "server/jobs/context.h"

namespace electra::server {

// ResourceExhausted: the caller's jobs fill what the caller may store, or all jobs what the daemon
// keeps for checkpoints. Looks at files: not for a transaction.
absl::Status CheckCheckpointQuota(const JobContext& context, const Caller& caller);

}  // namespace electra::server
