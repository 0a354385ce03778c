// ListJobs: filter, order and pages.
//
// Thread safety: as the connection.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "electra/v1/job.pb.h"
#include "server/store/jobs.h"

namespace electra::server {

struct JobPage {
  std::vector<JobRow> rows;
  std::string next_page_token;  // empty: these are the last
};

// InvalidArgument: filter, order_by, page_size or page_token.
absl::StatusOr<JobPage> ReadJobPage(SQLite::Database& connection,
                                    const v1::ListJobsRequest& request);

}  // namespace electra::server
