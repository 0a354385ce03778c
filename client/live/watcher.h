// Follows a job's event log over connections that may break.
//
//   WatchOutcome outcome = FollowJob(connection, environment, {.job = "jobs/x"}, view);
//
// Each event reaches the sink once and in order: after a break, the stream is opened again after
// the last event that was seen, and repeated events are dropped. A call that is UNAVAILABLE, or
// CANCELLED by the other side, is tried again, with growing pauses that end when an unreachable
// server can be reached; each event resets the count.
//
// Thread safety: one call at a time for each sink. Ownership: borrows everything for the call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "client/environment/environment.h"
#include "client/rpc/connection.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void OnEvent(const v1::TrainingEvent& event) = 0;
  // Called before a pause of at most `pause`, which precedes attempt number `attempt` of `limit`
  // (0: no limit).
  virtual void OnConnectionLost(absl::Duration pause, int attempt, int limit) = 0;
  // Called after that pause.
  virtual void OnRetry() {}
};

struct WatchOptions {
  std::string job;  // "jobs/{id}"
  int64_t after_sequence = 0;
  int retry_limit = 12;  // 0: tries until it is interrupted
};

struct WatchOutcome {
  grpc::Status status;  // OK also where the connection broke after the terminal event
  std::optional<v1::StateChange> end;  // the change into a terminal state, if it was seen
  int64_t last_sequence = 0;
};

bool IsTerminal(v1::JobState state);

WatchOutcome FollowJob(Connection& connection, Environment& environment,
                       const WatchOptions& options, EventSink& sink);

}  // namespace electra::client
