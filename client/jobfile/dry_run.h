// `electra submit --dry-run`: what a job would be, before anything is queued.
//
// The beginning of the corpus goes to the server, which counts it as a job would and says what that
// makes of the whole; nothing is stored there.
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

// What the server would warn of, and memory that is not there, on standard error.
void ShowWarnings(const CommandContext& context, const v1::JobEstimate& estimate);

// A sweep's: a row a job, and the time of all.
void ShowEstimates(CommandContext& context,
                   const std::vector<std::pair<std::string, v1::JobEstimate>>& estimates);

}  // namespace electra::client
