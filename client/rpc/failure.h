// What went wrong, as an exit status and a sentence for the user.
//
// Thread safety: pure functions, apart from the writing.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/environment/environment.h"
#include "client/environment/exit_code.h"
#include "client/i18n/labels.h"
#include "client/rpc/connection.h"

namespace electra::client {

struct Failure {
  ExitCode exit_code = ExitCode::kUsage;
  std::string sentence;
  std::vector<std::string> details;  // one line each: the fields that the server objects to
};

// A failure on this side: arguments and local files.
Failure LocalFailure(const absl::Status& status, Language language);

// A failed call, in the server's sentence. Without a Korean translation
// (client/i18n/server_message.h), the kind of the refusal precedes it.
Failure CallFailure(const grpc::Status& status, const Reach& reach, Language language);

// Writes "electra: sentence" and the details to standard error, all of it made visible, and
// returns the exit code.
ExitCode Report(Output& err, const Failure& failure);

}  // namespace electra::client
