// A job as the contract's message. A pure function.
#pragma once

#include "absl/status/statusor.h"
#include "electra/v1/job.pb.h"
#include "server/jobs/view.h"

namespace electra::server {

// Internal: the stored hyperparameters are invalid.
absl::StatusOr<v1::Job> ToProto(const JobView& view);

}  // namespace electra::server
