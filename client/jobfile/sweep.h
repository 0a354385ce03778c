// Several jobs out of one: every combination of the values that `--sweep KEY=A,B,...` names.
//
//   absl::StatusOr<Sweep> sweep = ParseSweep({"learning_rate=1e-5,1e-4", "batch_size=8,16"});
//   for (const SweepPoint& point : sweep->points) ...  // 4 of them
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/struct.pb.h"

namespace electra::client {

inline constexpr size_t kMostSweepJobs = 100;

// One combination.
struct SweepPoint {
  std::string label;  // "learning_rate=1e-5 batch_size=8", as it was written
  std::vector<std::pair<std::string, google::protobuf::Value>> values;
};

// The first key varies slowest. InvalidArgument: no KEY=VALUES, a duplicate key or value, more than
// kMostSweepJobs combinations.
absl::StatusOr<std::vector<SweepPoint>> ParseSweep(const std::vector<std::string>& sweeps);

// `name` and the label, within the server's limit for names.
std::string SweepJobName(const std::string& name, const SweepPoint& point);

}  // namespace electra::client
