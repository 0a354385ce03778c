// The jobs that have not ended, asked for again and again, and what changed among them.
//
//   ActiveJobs active(connection);
//   grpc::Status status = active.Fetch();
//   for (const v1::Job& job : active.changed()) ...
//
// Not thread-safe. Ownership: borrows the connection.
#pragma once

#include <grpcpp/support/status.h>

#include <map>
#include <string>
#include <vector>

#include "client/rpc/connection.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

class ActiveJobs {
 public:
  explicit ActiveJobs(Connection& connection) : connection_(connection) {}

  // After a failure everything is as it was before.
  grpc::Status Fetch();

  // Of the last Fetch(): all that have not ended, sorted for a board.
  const std::vector<v1::Job>& jobs() const { return jobs_; }
  // Those that are not as they were, new ones and those that have ended since among them; sorted
  // as well. A job that was deleted is in neither list.
  const std::vector<v1::Job>& changed() const { return changed_; }

 private:
  grpc::Status List(std::vector<v1::Job>* jobs);
  grpc::Status AddMissing(const std::map<std::string, v1::Job>& missing, std::vector<v1::Job>* jobs,
                          std::vector<v1::Job>* changed);

  Connection& connection_;
  std::vector<v1::Job> jobs_;
  std::vector<v1::Job> changed_;
};

}  // namespace electra::client
