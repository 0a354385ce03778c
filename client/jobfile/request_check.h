// Asks the server about a job before it is queued: whether it is valid, and an estimate.
//
// `submit` asks before it sends a corpus, `submit --dry-run` and `config validate` with the beginning
// of the text: all three ask the same call, whose check is that of SubmitJob.
//
// Not thread-safe. Ownership: borrows the context.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "client/jobfile/submission.h"
#include "client/rpc/call_outcome.h"
#include "client/shell/command_context.h"
#include "client/transfer/upload.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

// All of the request that is known before its corpus is there.
v1::EstimateJobRequest EstimateRequest(const v1::SubmitJobRequest& request);

// The sample of a local file for an estimate: its beginning, as far as it fits into one message
// with a vocabulary of so many bytes.
absl::StatusOr<v1::CorpusSample> ReadSample(const UploadOptions& upload, size_t vocabulary_bytes);

// Samples of the other corpora too, which are shorter, into `question`.
absl::Status AddOtherSamples(const std::vector<OtherUpload>& others,
                             v1::EstimateJobRequest& question);

// One call; waits and asks again where the server is making another estimate.
grpc::Status Estimate(CommandContext& context, const v1::EstimateJobRequest& request,
                      v1::JobEstimate* estimate);

// Whether SubmitJob would accept the requests, and this side and the server the file to send for
// them (null: there is none), as far as the file's first lines show; they are not sent.
CallOutcome CheckRequests(CommandContext& context,
                          const std::vector<v1::SubmitJobRequest>& requests,
                          const UploadOptions* upload, const std::vector<OtherUpload>& others);

}  // namespace electra::client
