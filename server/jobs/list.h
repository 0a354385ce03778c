// ListJobs: filter, order and pages, with bounds on their cost and their bytes.
//
// A free function; thread-safe like the database.
#pragma once

#include "absl/status/statusor.h"
#include "electra/v1/job.pb.h"
#include "server/store/database.h"
#include "server/store/read_budget.h"

namespace electra::server {

// InvalidArgument: filter, order_by, page_size or page_token. ResourceExhausted, FILTER_BUDGET:
// choosing and ordering the jobs costs more than the budget. Cancelled: nobody waits any more.
absl::StatusOr<v1::ListJobsResponse> ReadJobPage(Database& database,
                                                 const v1::ListJobsRequest& request,
                                                 const ReadBudget& budget);

}  // namespace electra::server
