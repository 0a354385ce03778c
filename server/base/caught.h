// What libraries throw, as a status. An exception that nobody catches on its thread would end the
// daemon, with the jobs and calls of everyone.
//
//   const absl::Status status = Caught([&] { return receiver.Receive(request); });
//
// Thread safety: as the work.
#pragma once

#include <functional>

#include "absl/status/status.h"

namespace electra::server {

// What `work` returns. ResourceExhausted: it ran out of memory. Internal: it threw anything else,
// which is logged.
absl::Status Caught(const std::function<absl::Status()>& work);

}  // namespace electra::server
