// The order of listed jobs (AIP-132): "eval_loss, create_time desc".
//
// Thread safety: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/jobs.h"

namespace electra::server {

// Terms in order; those of an empty `order_by` are none. Fields are those of filters, tags and
// hyperparameters excepted; each is followed by "asc" (which is the default) or "desc".
// InvalidArgument: no such field, or one twice.
absl::StatusOr<std::vector<JobOrder>> ParseJobOrder(std::string_view order_by);

}  // namespace electra::server
