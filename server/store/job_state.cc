#include "server/store/job_state.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/str_cat.h"

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
  return absl::FailedPreconditionError(absl::StrCat("the job is ", v1::JobState_Name(from),
                                                    ": it cannot become ", v1::JobState_Name(to)));
}

std::string_view JobStateName(v1::JobState state) { return v1::JobState_Name(state); }

v1::JobState ParseJobState(std::string_view name) {
  v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
  return v1::JobState_Parse(std::string(name), &state) ? state : v1::JOB_STATE_UNSPECIFIED;
}

}  // namespace electra::server
