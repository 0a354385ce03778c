// JOB on a command line, and the job that it means.
//
//   AddJobArgument(command, options->job).Required();
//   ...
//   std::string job;
//   if (const CallOutcome found = FindJob(context, options.job, &job); !found.ok()) {
//     return context.Fail(found);
//   }
//
// Not thread-safe: one call at a time for each context. Ownership: borrows the context for a call.
#pragma once

#include <string>
#include <vector>

#include "client/rpc/call_outcome.h"
#include "client/shell/command_context.h"
#include "client/shell/options.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

Option AddJobArgument(Command& command, std::string& job);
Option AddJobArgument(Command& command, std::vector<std::string>& jobs);
// A job, or models/NAME.
Option AddJobOrModelArgument(Command& command, std::string& source);

// Finds a job by jobs/ID, an ID or its prefix, or the display name of one job; an ID wins over a
// name. InvalidArgument: several jobs have the name; the details list them.
CallOutcome GetJobMeant(CommandContext& context, const std::string& given, v1::Job* job);
// Its name, "jobs/ID".
CallOutcome FindJob(CommandContext& context, const std::string& given, std::string* name);
// The same, and "models/NAME" or "finetunings/ID" as it is.
CallOutcome FindJobOrModel(CommandContext& context, const std::string& given, std::string* name);

}  // namespace electra::client
