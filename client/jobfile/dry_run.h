// `electra submit --dry-run`: an estimate of a job, before anything is queued.
//
// The beginning of the corpus goes to the server, which counts it like a job and scales the numbers
// to the whole; it stores nothing.
//
// Not thread-safe. Ownership: borrows the context.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/shell/command_context.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

// One job's estimate as facts.
void ShowEstimate(CommandContext& context, const std::string& corpus,
                  const v1::JobEstimate& estimate);

// The server's warnings, and a lack of memory, on standard error.
void ShowWarnings(const CommandContext& context, const v1::JobEstimate& estimate);

// The estimates of a sweep: one row per job, and the total time.
void ShowEstimates(CommandContext& context,
                   const std::vector<std::pair<std::string, v1::JobEstimate>>& estimates);

}  // namespace electra::client
