#include "server/metrics/metrics_server.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"

namespace electra::server {

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& address,
    std::vector<std::shared_ptr<prometheus::Collectable>> collectables) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 ||
      address.find_first_of(", ") != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("metrics_address is \"", address, "\": it must be HOST:PORT"));
  }
  try {
    // A slow or silent client occupies one of two threads no longer than this.
    auto exposer = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", address, "num_threads", "2",
                                 "request_timeout_ms", "5000", "enable_keep_alive", "no"});
    for (const auto& collectable : collectables) exposer->RegisterCollectable(collectable);
    const std::vector<int> ports = exposer->GetListeningPorts();
    const std::string port =
        ports.empty() ? address.substr(colon + 1) : absl::StrCat(ports.front());
    return std::unique_ptr<MetricsServer>(
        new MetricsServer(absl::StrCat(address.substr(0, colon), ":", port),
                          std::move(collectables), std::move(exposer)));
  } catch (const std::exception&) {
    return absl::UnavailableError(
        absl::StrCat("metrics_address is \"", address,
                     "\": it cannot be listened on; the port is taken, or the host is not "
                     "this machine"));
  }
}

}  // namespace electra::server
