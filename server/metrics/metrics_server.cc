#include "server/metrics/metrics_server.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/host_port.h"

namespace electra::server {

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& address,
    std::vector<std::shared_ptr<prometheus::Collectable>> collectables) {
  const absl::StatusOr<HostPort> wanted = ParseHostPort(address);
  if (!wanted.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("metrics_address: ", wanted.status().message()));
  }
  try {
    // A slow or silent client occupies one of two threads no longer than this.
    auto exposer = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", address, "num_threads", "2",
                                 "request_timeout_ms", "5000", "enable_keep_alive", "no"});
    for (const auto& collectable : collectables) exposer->RegisterCollectable(collectable);
    const std::vector<int> ports = exposer->GetListeningPorts();
    const int port = ports.empty() ? wanted->port : ports.front();
    return std::unique_ptr<MetricsServer>(
        new MetricsServer(absl::StrCat(address.substr(0, address.rfind(':')), ":", port),
                          std::move(collectables), std::move(exposer)));
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("metrics_address is \"", address,
                     "\": it cannot be listened on; the port may be taken, or the host may be "
                     "another machine (",
                     error.what(), ")"));
  }
}

}  // namespace electra::server
