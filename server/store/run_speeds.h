// How fast jobs have trained, from the tables jobs and step_metrics.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/database.h"

namespace electra::server {

struct RunSpeed {
  std::string job;  // public id, without "jobs/"
  std::string model;
  std::string model_sha256;      // of an imported model
  std::string hyperparameters;   // JSON, complete
  double tokens_per_second = 0;  // over its last steps, without the first; for all ranks
  int64_t ranks = 1;             // of its last step
};

// The speeds of the newest jobs that took a few steps on this device; the newest first.
std::vector<RunSpeed> RecentRunSpeeds(Reader& reader, std::string_view device, int limit);

}  // namespace electra::server
