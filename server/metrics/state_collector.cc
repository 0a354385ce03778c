#include "server/metrics/state_collector.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "server/base/log.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"

namespace electra::server {
namespace {

using ::prometheus::MetricFamily;
using ::prometheus::MetricType;

MetricFamily MakeFamily(const char* name, const char* help, MetricType type = MetricType::Gauge) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

using Label = std::pair<std::string, std::string>;

void Add(MetricFamily& family, double value, const std::vector<Label>& labels = {}) {
  prometheus::ClientMetric metric;
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}

MetricFamily Single(const char* name, const char* help, double value,
                    MetricType type = MetricType::Gauge) {
  MetricFamily family = MakeFamily(name, help, type);
  Add(family, value);
  return family;
}

double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  file >> size >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGE_SIZE));
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void AddProcess(double start, std::vector<MetricFamily>* families) {
  families->push_back(Single("process_resident_memory_bytes", "Memory in use", ResidentBytes()));
  families->push_back(Single("process_start_time_seconds", "Since 1970", start));
  families->push_back(Single("process_cpu_seconds_total", "User and system time", CpuSeconds(),
                             MetricType::Counter));
}

}  // namespace

std::vector<MetricFamily> StateCollector::Collect() const {
  std::vector<MetricFamily> families;
  AddJobs(&families);
  AddDevices(&families);
  families.push_back(Single("electrad_watchers", "Clients that watch a job now",
                            static_cast<double>(count_watchers_())));
  if (const std::optional<int64_t> free = data_dir_.free_bytes()) {
    families.push_back(Single("electrad_data_free_bytes", "Free where the data folder is",
                              static_cast<double>(*free)));
  }
  const Database::Backlog backlog = database_.backlog();
  families.push_back(Single("electrad_database_queued_writes", "Writes that wait for their commit",
                            static_cast<double>(backlog.writes)));
  families.push_back(Single("electrad_database_locked_seconds",
                            "For how long another program has kept the daemon from writing",
                            backlog.locked_seconds));
  AddProcess(start_seconds_, &families);
  return families;
}

void StateCollector::AddJobs(std::vector<MetricFamily>* families) const {
  MetricFamily family = MakeFamily("electrad_jobs", "Jobs in each state");
  // No counter of losses: the process ends with each, before anybody could read it.
  MetricFamily lost = MakeFamily("electrad_device_lost_jobs",
                                 "Jobs that lost their device and have not got further since");
  const absl::Status read = database_.Read([&](Reader& reader) {
    for (const auto& [state, count] : CountJobsByState(reader)) {
      Add(family, static_cast<double>(count), {{"state", std::string(JobStateName(state))}});
    }
    for (const auto& [device, count] : CountDeviceLostJobs(reader)) {
      Add(lost, static_cast<double>(count), {{"device", device}});
    }
    return absl::OkStatus();
  });
  if (!read.ok()) {
    Log(LogLevel::kError, "jobs_not_counted", {{"error", std::string(read.message())}});
    return;
  }
  families->push_back(std::move(family));
  if (!lost.metric.empty()) families->push_back(std::move(lost));
}

void StateCollector::AddDevices(std::vector<MetricFamily>* families) const {
  MetricFamily total = MakeFamily("electrad_device_memory_bytes", "Memory of the device");
  MetricFamily used = MakeFamily("electrad_device_memory_used_bytes", "In use by all processes");
  MetricFamily use = MakeFamily("electrad_device_utilization_ratio",
                                "Share of the last moment in which the device was computing");
  for (const DeviceReport& device : trainer_.Devices()) {
    const std::optional<DeviceUse> now = monitor_.Read(device.name);
    if (!now) continue;
    const std::vector<Label> labels = {{"device", device.name}};
    Add(total, static_cast<double>(now->memory_bytes), labels);
    Add(used, static_cast<double>(now->memory_used_bytes), labels);
    if (now->utilization >= 0) Add(use, now->utilization, labels);
  }
  for (MetricFamily* family : {&total, &used, &use}) {
    if (!family->metric.empty()) families->push_back(std::move(*family));
  }
}

}  // namespace electra::server
