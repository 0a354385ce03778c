// Serves metrics over HTTP at /metrics, to everyone who reaches the address.
//
//   ASSIGN_OR_RETURN(auto server, MetricsServer::Start("127.0.0.1:9464", {registry, collector}));
//
// Owns its threads, which end with it.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace electra::server {

class MetricsServer {
 public:
  // InvalidArgument: `address` is not HOST:PORT. Unavailable: the server cannot listen on it.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& address,
      std::vector<std::shared_ptr<prometheus::Collectable>> collectables);

  // HOST:PORT with the actual port.
  const std::string& address() const { return address_; }

 private:
  MetricsServer(std::string address,
                std::vector<std::shared_ptr<prometheus::Collectable>> collectables,
                std::unique_ptr<prometheus::Exposer> exposer)
      : address_(std::move(address)),
        collectables_(std::move(collectables)),
        exposer_(std::move(exposer)) {}

  const std::string address_;
  const std::vector<std::shared_ptr<prometheus::Collectable>> collectables_;
  const std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace electra::server
