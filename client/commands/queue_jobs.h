// Puts jobs into the server's queue and says what became of them.
//
// Not thread-safe: one command at a time a context. Ownership: borrows the context.
#pragma once

#include <string>
#include <vector>

#include "client/commands/submit_options.h"
#include "client/environment/exit_code.h"
#include "client/shell/command_context.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

// The jobs of a sweep, on this corpus, up to the first that is refused.
ExitCode QueueSweep(CommandContext& context, const std::string& sweep,
                    std::vector<v1::SubmitJobRequest> requests, const std::string& corpus);

// Whether its corpus was sent just now: then it stays on the server if the job is refused.
enum class CorpusWas { kSent, kThere };
ExitCode QueueOne(CommandContext& context, const v1::SubmitJobRequest& request, AfterSubmit after,
                  CorpusWas corpus);

}  // namespace electra::client
