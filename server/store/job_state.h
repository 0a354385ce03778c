// The states of a job and the only transitions between them.
//
//   QUEUED -> PREPARING -> RUNNING -> SUCCEEDED | FAILED | CANCELLED
//
// A job that the daemon interrupted (shutdown, crash, a more urgent job) goes back to QUEUED and
// keeps its place. A job that has not ended can be PAUSED and resumes as QUEUED; so does a FAILED
// or CANCELLED one that is retried.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "core/base/message.h"
#include "electra/v1/training.pb.h"

namespace electra::server {

// SUCCEEDED, FAILED or CANCELLED: the job stays so unless it is retried.
bool IsTerminal(v1::JobState state);

// FailedPrecondition naming both states where there is no such transition.
absl::Status CheckTransition(v1::JobState from, v1::JobState to);

// "RUNNING"; JOB_STATE_UNSPECIFIED for an unknown name.
std::string_view JobStateName(v1::JobState state);
v1::JobState ParseJobState(std::string_view name);
// The same as a word of a sentence.
Message JobStateWord(v1::JobState state);

}  // namespace electra::server
