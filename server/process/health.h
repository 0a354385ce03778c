// Whether the daemon that these settings describe serves: what `electrad health` asks, and with it
// containers and supervisors.
//
// A free function without state.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/config/settings.h"

namespace electra::server {

// Asks the daemon at `settings.listen`, or on this machine's loopback where it listens on all
// addresses. Unavailable: it does not answer, or says that it does not serve.
absl::Status CheckHealth(const Settings& settings, absl::Duration timeout);

}  // namespace electra::server
