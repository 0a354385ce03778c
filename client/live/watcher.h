// Follows a job's event log over connections that may break.
//
//   WatchOutcome outcome = FollowJob(connection, environment, {.job = "jobs/x"}, view);
//
// Each event reaches the sink once and in order: after a break the stream is opened again behind
// the last event that was seen, and what the server repeats is dropped. What is
// UNAVAILABLE, or CANCELLED by the other side, is tried again, with growing pauses that end when a
// server that could not be reached can be; each event that arrives starts the count anew.
//
// Thread safety: one call at a time a sink. Ownership: borrows everything for the call.
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
  // Called before the pause, at most so long, that precedes attempt number `attempt` of `limit` (0:
  // without end).
  virtual void OnConnectionLost(absl::Duration pause, int attempt, int limit) = 0;
  // Called behind that pause.
  virtual void OnRetry() {}
};

struct WatchOptions {
  std::string job;  // "jobs/{id}"
  int64_t after_sequence = 0;
  int retry_limit = 12;  // 0: tries until it is interrupted
};

struct WatchOutcome {
  grpc::Status status;  // OK also where the terminal event came and the connection then broke
  std::optional<v1::StateChange> end;  // the change into a terminal state, if it was seen
  int64_t last_sequence = 0;
};

bool IsTerminal(v1::JobState state);

WatchOutcome FollowJob(Connection& connection, Environment& environment,
                       const WatchOptions& options, EventSink& sink);

}  // namespace electra::client
