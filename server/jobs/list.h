// ListJobs: filter, order and pages.
//
// A free function; thread-safe as the database.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "electra/v1/job.pb.h"
#include "server/jobs/view.h"
#include "server/store/database.h"

namespace electra::server {

struct JobPage {
  std::vector<JobView> jobs;
  std::string next_page_token;  // empty: these are the last
};

// InvalidArgument: filter, order_by, page_size or page_token.
absl::StatusOr<JobPage> ReadJobPage(Database& database, const v1::ListJobsRequest& request);

}  // namespace electra::server
