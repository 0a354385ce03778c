// Exceptions of libraries as a status. An exception that nobody catches on its thread would end
// the daemon, with the jobs and calls of everyone.
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

// Internal: what a library threw.
absl::Status DaemonFailed(const std::exception& error);

}  // namespace electra::server
