// Turns exceptions of libraries into a status. An uncaught exception would end the daemon, with
// everyone's jobs and calls.
//
//   const absl::Status status = Caught([&] { return receiver.Receive(request); });
//
// As thread-safe as the work.
#pragma once

#include <exception>
#include <functional>

#include "absl/status/status.h"

namespace electra::server {

// The status that `work` returns. ResourceExhausted: it ran out of memory. Internal: it threw
// anything else, which is logged.
absl::Status Caught(const std::function<absl::Status()>& work);

// Internal: a library's exception.
absl::Status DaemonFailed(const std::exception& error);

}  // namespace electra::server
