// User changes to an existing job: its labels, whether it continues, whether it is kept.
//
// Free functions; thread-safe. `resource` is "jobs/{id}", of which the id may be a unique prefix;
// InvalidArgument and NotFound otherwise. PermissionDenied: the job is not the caller's. Each
// answers with the job as it is then.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "electra/v1/job.pb.h"
#include "server/access/caller.h"
#include "server/jobs/context.h"
#include "server/jobs/view.h"

namespace electra::server {

// The labels that the request's mask names. Aborted: its etag is not the job's.
absl::StatusOr<JobView> UpdateJob(Database& database, const Caller& caller,
                                  const v1::UpdateJobRequest& request);

// What Scheduler says of each.
absl::StatusOr<JobView> CancelJob(const JobContext& context, const Caller& caller,
                                  const std::string& resource);
absl::StatusOr<JobView> PauseJob(const JobContext& context, const Caller& caller,
                                 const std::string& resource);
absl::StatusOr<JobView> ResumeJob(const JobContext& context, const Caller& caller,
                                  const std::string& resource);
absl::StatusOr<JobView> RetryJob(const JobContext& context, const Caller& caller,
                                 const std::string& resource);

// With all that is recorded of it and with its files. FailedPrecondition: it is at work. Aborted:
// `etag` is not empty and not the job's.
absl::Status RemoveJob(Database& database, const DataDir& data_dir, const Caller& caller,
                       const std::string& resource, const std::string& etag);

}  // namespace electra::server
