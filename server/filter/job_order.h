// The order of listed jobs (AIP-132): "eval_loss, create_time desc".
//
// Thread safety: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/job_list.h"

namespace electra::server {

// Terms in order; an empty `order_by` has no terms. The fields are the same as in filters, except
// tags and hyperparameters; "asc" (the default) or "desc" may follow each. InvalidArgument: no such
// field, or one twice.
absl::StatusOr<std::vector<JobOrder>> ParseJobOrder(std::string_view order_by);

}  // namespace electra::server
