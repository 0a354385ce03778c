// What the server recorded of a run, page by page.
//
//   CallOutcome outcome = ForEachStep(context, {.job = "jobs/7f3a"}, [&](const v1::StepMetrics& s)
//   {
//     return writer.Add(s);
//   });
//
// Thread safety: one call at a time a connection. Ownership: borrows everything for the call.
#pragma once

#include <grpcpp/support/status.h>

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "client/shell/command_context.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

struct CallOutcome {
  absl::Status local;   // what a visitor said; nothing was visited after it
  grpc::Status remote;  // of the calls, where `local` is OK
  bool ok() const { return local.ok() && remote.ok(); }
};

// Tells the user of what went wrong.
ExitCode Fail(const CommandContext& context, const CallOutcome& outcome);

struct RunRange {
  std::string job;  // "jobs/{id}"
  int64_t first_step = 0;
  int64_t last_step = 0;  // 0: to the end
};

grpc::Status GetRun(CommandContext& context, const std::string& job, v1::Job* response);

// Each in order of steps.
CallOutcome ForEachStep(CommandContext& context, const RunRange& range,
                        const std::function<absl::Status(const v1::StepMetrics&)>& visit);
CallOutcome ForEachEvaluation(CommandContext& context, const std::string& job,
                              const std::function<absl::Status(const v1::Evaluation&)>& visit);
CallOutcome ForEachSample(CommandContext& context, const RunRange& range,
                          const std::function<absl::Status(const v1::Sample&)>& visit);

}  // namespace electra::client
