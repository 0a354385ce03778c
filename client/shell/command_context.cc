#include "client/shell/command_context.h"

namespace electra::client {

ExitCode CommandContext::Fail(const absl::Status& status) const {
  if (environment.interruption->triggered()) return ExitCode::kInterrupted;
  return Report(environment.err, LocalFailure(status, language));
}

ExitCode CommandContext::Fail(const grpc::Status& status) const {
  if (environment.interruption->triggered()) return ExitCode::kInterrupted;
  return Report(environment.err, CallFailure(status, connection.reach(), language));
}

ExitCode CommandContext::Fail(const CallOutcome& outcome) const {
  if (environment.interruption->triggered()) return ExitCode::kInterrupted;
  Failure failure = outcome.local.ok() ? CallFailure(outcome.remote, connection.reach(), language)
                                       : LocalFailure(outcome.local, language);
  failure.details.insert(failure.details.end(), outcome.details.begin(), outcome.details.end());
  return Report(environment.err, failure);
}

Terminal* CommandContext::LiveTerminal() const {
  Terminal* terminal = environment.terminal;
  const bool can_draw = terminal != nullptr && format == OutputFormat::kText &&
                        environment.out.is_terminal &&
                        terminal->CanDraw(environment.variable("TERM").value_or(""));
  return can_draw ? terminal : nullptr;
}

}  // namespace electra::client
