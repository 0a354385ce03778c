#include "server/jobs/view.h"

#include <utility>

#include "core/base/status_macros.h"
#include "server/base/resource_names.h"
#include "server/store/job_queue.h"

namespace electra::server {

JobView JobViews::Read(JobRow row) {
  JobView view{.row = std::move(row)};
  if (view.row.state == v1::QUEUED) {
    if (!queue_positions_) queue_positions_ = QueuePositions(reader_);
    view.queue_position = (*queue_positions_)[view.row.id];
  }
  view.run = summaries_.Read(view.row.id);
  view.tags = tags_.Read(view.row.id);
  view.corpora = corpora_.Read(view.row.id);
  view.finetunings = finetunings_.Read(view.row.id);
  return view;
}

JobView ViewJob(Reader& reader, JobRow row) { return JobViews(reader).Read(std::move(row)); }

absl::StatusOr<JobView> ReadJob(Database& database, const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "jobs"));
  return database.Read<JobView>([&](Reader& reader) -> absl::StatusOr<JobView> {
    ASSIGN_OR_RETURN(JobRow row, FindJob(reader, name));
    return ViewJob(reader, std::move(row));
  });
}

absl::StatusOr<JobCounts> ReadJobCounts(Database& database) {
  return database.Read<JobCounts>([](Reader& reader) { return CountJobs(reader); });
}

}  // namespace electra::server
