// Estimates a job before it is queued: text, steps, memory, time.
//
// The text is counted from its first megabytes (server/corpora/text_census.h). The speed comes from
// a run of the same model on the same device, else from the newest run there, scaled by the FLOPs
// per token of each model. Where nothing has run, it is a share of the speed of the device's matrix
// products, measured now unless that would disturb a running job. Memory is counted from the shapes
// (core/shape/cost.h).
//
// Thread-safe like the database; blocks while it reads and tokenizes.
#pragma once

#include "absl/status/status.h"
#include "electra/v1/job.pb.h"
#include "server/jobs/context.h"

namespace electra::server {

// InvalidArgument: fields as in a submission, or the sample, the text or the vocabulary cannot be
// used, or a batch cannot be filled. NotFound: model or corpus.
absl::Status EstimateJob(const JobContext& context, const v1::EstimateJobRequest& request,
                         v1::JobEstimate* response);

}  // namespace electra::server
