// ListJobs: filter, order and pages, which are bounded in what they cost and in bytes.
//
// A free function; thread-safe as the database.
#pragma once

#include "absl/status/statusor.h"
#include "electra/v1/job.pb.h"
#include "server/store/database.h"
#include "server/store/read_budget.h"

namespace electra::server {

// InvalidArgument: filter, order_by, page_size or page_token. ResourceExhausted, FILTER_BUDGET: to
// choose and order the jobs costs more than the budget. Cancelled: nobody waits any more.
absl::StatusOr<v1::ListJobsResponse> ReadJobPage(Database& database,
                                                 const v1::ListJobsRequest& request,
                                                 const ReadBudget& budget);

}  // namespace electra::server
