// Questions before something is deleted for good.
//
// Not thread-safe: one question at a time for each context. Ownership: borrows the context for a
// call.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/rpc/call_outcome.h"
#include "client/shell/command_context.h"
#include "client/shell/options.h"

namespace electra::client {

enum class Confirmation { kAsk, kGiven };

// --yes, which skips the question.
void AddYesFlag(Command& command, Confirmation& confirmation);

// Whether the user says yes to `question`. InvalidArgument: nobody can be asked.
absl::StatusOr<bool> Confirm(const CommandContext& context, const std::string& question);

// Asks `question` below the jobs that refer to `name`, which `filter` finds.
CallOutcome ConfirmReferred(CommandContext& context, const std::string& name,
                            const std::string& filter, const std::string& question,
                            bool* confirmed);

}  // namespace electra::client
