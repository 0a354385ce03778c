// User requests to one job, as changes of its row within a transaction: cancel, pause, resume and
// retry. The caller tells the scheduler's threads.
//
// FailedPrecondition: the job's state does not allow the request.
#pragma once

#include "absl/status/status.h"
#include "server/store/database.h"
#include "server/store/jobs.h"
#include "server/store/models.h"
#include "server/store/quotas.h"

namespace electra::server {

// FailedPrecondition: the name has been given to another model since the job was submitted.
absl::Status CheckIsModelOf(const JobRow& job, const ModelRow& model);

// A waiting job is CANCELLED at once; a training one gets the request in its row.
absl::Status RequestCancel(Transaction& transaction, const JobRow& job);

// A waiting job is PAUSED at once; a training one gets the request in its row.
absl::Status RequestPause(Transaction& transaction, const JobRow& job);

// A paused job becomes QUEUED; one that is about to be paused goes on. ResourceExhausted: its
// token has used up its storage.
absl::Status RequestResume(Transaction& transaction, const JobRow& job, const Quotas& quotas);

// A job that FAILED or was CANCELLED becomes QUEUED. NotFound: its corpus or model is gone.
// ResourceExhausted: its token has too many jobs in the queue, or has used up its storage.
absl::Status RequestRetry(Transaction& transaction, const JobRow& job, const Quotas& quotas);

}  // namespace electra::server
