// Reads the server's records of a run, page by page.
//
//   CallOutcome outcome =
//       ForEachStep(connection, {.job = "jobs/7f3a"},
//                   [&](const v1::StepMetrics& step) { return writer.Add(step); });
//
// Thread safety: one call at a time for each connection. Ownership: borrows everything for the
// call.
#pragma once

#include <grpcpp/support/status.h>

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "client/rpc/call_outcome.h"
#include "client/rpc/connection.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

struct RunRange {
  std::string job;  // "jobs/{id}"
  int64_t first_step = 0;
  int64_t last_step = 0;  // 0: to the end
};

// Each in order of steps.
CallOutcome ForEachStep(Connection& connection, const RunRange& range,
                        const std::function<absl::Status(const v1::StepMetrics&)>& visit);
CallOutcome ForEachEvaluation(Connection& connection, const std::string& job,
                              const std::function<absl::Status(const v1::Evaluation&)>& visit);
CallOutcome ForEachSample(Connection& connection, const RunRange& range,
                          const std::function<absl::Status(const v1::Sample&)>& visit);

}  // namespace electra::client
