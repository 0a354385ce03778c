// A job's way into the queue.
//
// A free function; thread-safe. Checks in order, and each may end it: an earlier request of the
// same token with the same request id, the token's limits, the request's fields, the model to start
// from, the settings, the corpus, the beginning of its text; then, in one transaction, everything
// that may have changed, the vocabulary's file and the row. A refused request leaves nothing.
#pragma once

#include "absl/status/statusor.h"
#include "electra/v1/job.pb.h"
#include "server/access/caller.h"
#include "server/jobs/context.h"
#include "server/jobs/view.h"

namespace electra::server {

// The queued job, or its current state where the request was accepted before. InvalidArgument with
// each wrong field; NotFound: model or corpus; ResourceExhausted: a quota or the caller's limits;
// Aborted: the model was replaced meanwhile.
absl::StatusOr<JobView> SubmitJob(const JobContext& context, const Caller& caller,
                                  const v1::SubmitJobRequest& request);

}  // namespace electra::server
