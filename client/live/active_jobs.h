// Polls the jobs that have not ended, and finds the changes among them.
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

  // A failure changes nothing.
  grpc::Status Fetch();

  // The jobs of the last Fetch() that have not ended, sorted for a board.
  const std::vector<v1::Job>& jobs() const { return jobs_; }
  // The changed jobs, including new ones and ones that have ended since; also sorted. A deleted job
  // is in neither list.
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
