// The newest jobs of a server, told whenever they have changed: `jobs`.
//
// Not thread-safe. Ownership: borrows the connection.
#pragma once

#include <string>

#include "client/browser/feed.h"
#include "client/rpc/connection.h"

namespace electra::client {

class JobFeed : public Feed {
 public:
  static constexpr int kMostJobs = 200;

  // The jobs that `filter` (as in ListJobsRequest) finds.
  JobFeed(Connection& connection, std::string filter);

  std::string Next() override;

 private:
  Connection& connection_;
  const std::string filter_;
  bool asked_ = false;
  bool lost_ = false;
  std::string told_;
};

}  // namespace electra::client
