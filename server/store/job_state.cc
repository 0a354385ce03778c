#include "server/store/job_state.h"

#include <algorithm>
#include <array>
#include <string>

namespace electra::server {
namespace {

struct Transition {
  v1::JobState from;
  v1::JobState to;
};

constexpr std::array kTransitions = {
    Transition{v1::JOB_STATE_UNSPECIFIED, v1::QUEUED},  // submission
    Transition{v1::QUEUED, v1::PREPARING},
    Transition{v1::QUEUED, v1::CANCELLED},
    Transition{v1::QUEUED, v1::FAILED},  // its device is not there any more
    Transition{v1::QUEUED, v1::PAUSED},
    Transition{v1::PREPARING, v1::RUNNING},
    Transition{v1::PREPARING, v1::QUEUED},  // the daemon stopped, or a more urgent job came
    Transition{v1::PREPARING, v1::PAUSED},
    Transition{v1::PREPARING, v1::FAILED},
    Transition{v1::PREPARING, v1::CANCELLED},
    Transition{v1::RUNNING, v1::QUEUED},  // the daemon stopped, or a more urgent job came
    Transition{v1::RUNNING, v1::PAUSED},
    Transition{v1::RUNNING, v1::SUCCEEDED},
    Transition{v1::RUNNING, v1::FAILED},
    Transition{v1::RUNNING, v1::CANCELLED},
    Transition{v1::PAUSED, v1::QUEUED},  // resumed
    Transition{v1::PAUSED, v1::CANCELLED},
    Transition{v1::FAILED, v1::QUEUED},  // retried
    Transition{v1::CANCELLED, v1::QUEUED},
};

}  // namespace

bool IsTerminal(v1::JobState state) {
  return state == v1::SUCCEEDED || state == v1::FAILED || state == v1::CANCELLED;
}

absl::Status CheckTransition(v1::JobState from, v1::JobState to) {
  const bool exists = std::any_of(
      kTransitions.begin(), kTransitions.end(),
      [&](const Transition& transition) { return transition.from == from && transition.to == to; });
  if (exists) return absl::OkStatus();
  return FailedPreconditionError("STATE_CHANGE", "the job is {state}: it cannot become {to}",
                                 JobStateWord(from), JobStateWord(to));
}

Message JobStateWord(v1::JobState state) {
  switch (state) {
    case v1::QUEUED:
      return Message("STATE_QUEUED", "QUEUED");
    case v1::PREPARING:
      return Message("STATE_PREPARING", "PREPARING");
    case v1::RUNNING:
      return Message("STATE_RUNNING", "RUNNING");
    case v1::PAUSED:
      return Message("STATE_PAUSED", "PAUSED");
    case v1::SUCCEEDED:
      return Message("STATE_SUCCEEDED", "SUCCEEDED");
    case v1::FAILED:
      return Message("STATE_FAILED", "FAILED");
    case v1::CANCELLED:
      return Message("STATE_CANCELLED", "CANCELLED");
    default:
      return Message::Uncoded(v1::JobState_Name(state));
  }
}

std::string_view JobStateName(v1::JobState state) { return v1::JobState_Name(state); }

v1::JobState ParseJobState(std::string_view name) {
  v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
  return v1::JobState_Parse(std::string(name), &state) ? state : v1::JOB_STATE_UNSPECIFIED;
}

}  // namespace electra::server
