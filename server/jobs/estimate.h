// What a job would be before it is queued: text, steps, memory, time.
//
// The text is counted from its first megabytes (server/corpora/text_census.h). The speed is that of
// a run of the same model on the same device, else that of the newest run there, by the FLOPs that
// a token of each model needs; where nothing has run, a share of what the device's matrix products
// reach, measured now, unless a job is at work and would be disturbed. Memory is counted from the
// shapes (core/shape/cost.h).
//
// Thread-safe as the database; blocks for the time that reading and tokenizing take.
#pragma once

#include "absl/status/status.h"
#include "electra/v1/job.pb.h"
#include "server/jobs/context.h"

namespace electra::server {

// InvalidArgument: fields as for a submission, or the sample, the text or the vocabulary cannot be
// used, or a batch cannot be filled. NotFound: model or corpus.
absl::Status EstimateJob(const JobContext& context, const v1::EstimateJobRequest& request,
                         v1::JobEstimate* response);

}  // namespace electra::server
