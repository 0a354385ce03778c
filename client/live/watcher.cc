#include "client/live/watcher.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <memory>

#include "client/rpc/backoff.h"
#include "client/rpc/server_return.h"
#include "client/rpc/services.h"

namespace electra::client {
namespace {

// Reads one stream to its end. A success ends it from this side: nothing can follow. A failed or
// cancelled job may have been retried: then the server ends the stream at the end of the log.
grpc::Status ReadStream(Connection& connection, const WatchOptions& options, EventSink& sink,
                        WatchOutcome& outcome) {
  grpc::ClientContext context;
  Interruption::Guard guard(connection.interruption(), [&context] { context.TryCancel(); });
  v1::WatchJobRequest request;
  request.set_name(options.job);
  request.set_after_sequence(outcome.last_sequence);
  const auto reader = connection.services().training->WatchJob(&context, request);
  v1::TrainingEvent event;
  while (reader->Read(&event)) {
    if (event.sequence() <= outcome.last_sequence) continue;
    outcome.last_sequence = event.sequence();
    sink.OnEvent(event);
    if (!event.has_state_change()) continue;
    outcome.end.reset();
    if (IsTerminal(event.state_change().to())) outcome.end = event.state_change();
    if (event.state_change().to() == v1::SUCCEEDED) {
      context.TryCancel();
      (void)reader->Finish();  // CANCELLED, by this side
      return grpc::Status::OK;
    }
  }
  return reader->Finish();
}

// A server that stops ends what reaches it at that moment as CANCELLED.
bool IsLost(const grpc::Status& status, const Interruption& interruption) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         (status.error_code() == grpc::StatusCode::CANCELLED && !interruption.triggered());
}

}  // namespace

bool IsTerminal(v1::JobState state) {
  return state == v1::SUCCEEDED || state == v1::FAILED || state == v1::CANCELLED;
}

WatchOutcome FollowJob(Connection& connection, Environment& environment,
                       const WatchOptions& options, EventSink& sink) {
  WatchOutcome outcome{.status = grpc::Status::OK,
                       .end = std::nullopt,
                       .last_sequence = std::max<int64_t>(options.after_sequence, 0)};
  Backoff backoff(environment.random);
  int attempt = 0;
  while (true) {
    const int64_t sequence_before = outcome.last_sequence;
    outcome.status = ReadStream(connection, options, sink, outcome);
    const bool ended = outcome.end.has_value();
    if (!IsLost(outcome.status, connection.interruption())) {
      if (ended) outcome.status = grpc::Status::OK;
      return outcome;
    }
    if (outcome.last_sequence > sequence_before) {
      attempt = 0;
      backoff.Reset();
    }
    if (++attempt > options.retry_limit && options.retry_limit > 0) {
      if (ended) outcome.status = grpc::Status::OK;
      return outcome;
    }
    const absl::Duration pause = backoff.Next();
    sink.OnConnectionLost(pause, attempt, options.retry_limit);
    if (AwaitReturn(connection, environment, pause)) backoff.Reset();
    if (connection.interruption().triggered()) return outcome;
    sink.OnRetry();
  }
}

}  // namespace electra::client
