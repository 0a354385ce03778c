// Values that are read when metrics are requested: jobs by state, watchers, devices, disk and the
// process itself.
//
// Thread-safe.
#pragma once

#include <prometheus/collectable.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/trainer.h"
#include "server/base/data_dir.h"
#include "server/metrics/device_monitor.h"
#include "server/store/database.h"

namespace electra::server {

class StateCollector : public prometheus::Collectable {
 public:
  // All must outlive this. `count_watchers`: how many clients watch a job now.
  StateCollector(Database& database, std::function<int64_t()> count_watchers,
                 const DataDir& data_dir, const Trainer& trainer, const DeviceMonitor& monitor)
      : database_(database),
        count_watchers_(std::move(count_watchers)),
        data_dir_(data_dir),
        trainer_(trainer),
        monitor_(monitor) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  void AddJobs(std::vector<prometheus::MetricFamily>* families) const;
  void AddDevices(std::vector<prometheus::MetricFamily>* families) const;

  Database& database_;
  const std::function<int64_t()> count_watchers_;
  const DataDir& data_dir_;
  const Trainer& trainer_;
  const DeviceMonitor& monitor_;
  const double start_seconds_ = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
};

}  // namespace electra::server
