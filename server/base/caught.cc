#include "server/base/caught.h"

#include <new>

#include "core/base/message.h"
#include "server/base/log.h"

namespace electra::server {

absl::Status DaemonFailed(const std::exception& error) {
  return InternalError("DAEMON_FAILED", "the daemon failed: {error}", error.what());
}

absl::Status Caught(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return ResourceExhaustedError("OUT_OF_MEMORY", "the daemon ran out of memory for this");
  } catch (const std::exception& error) {
    Log(LogLevel::kError, "exception", {{"error", error.what()}});
    return DaemonFailed(error);
  }
}

}  // namespace electra::server
