#include "server/services/daemon_service.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/convert.h"
#include "server/store/jobs.h"
#include "server/version.h"

namespace electra {

DaemonService::DaemonService(Database& database, const Scheduler& scheduler, const Trainer& trainer,
                             const WatchHub& hub, const DataDir& data_dir, Calls& calls)
    : database_(database),
      scheduler_(scheduler),
      trainer_(trainer),
      hub_(hub),
      data_dir_(data_dir),
      calls_(calls),
      start_micros_(NowMicros()) {}

grpc::ServerUnaryReactor* DaemonService::GetStatus(grpc::CallbackServerContext* context,
                                                   const v1::GetStatusRequest* request,
                                                   v1::DaemonStatus* response) {
  return RunUnary(calls_, context, request, response, [this, response]() -> absl::Status {
    response->set_version(kVersion);
    *response->mutable_start_time() = ToTimestamp(start_micros_);
    response->set_data_dir(data_dir_.root().string());
    std::error_code error;
    const auto space = std::filesystem::space(data_dir_.root(), error);
    if (!error) response->set_free_bytes(static_cast<int64_t>(space.available));
    response->set_schema_version(database_.schema_version());
    for (const DeviceReport& device : trainer_.Devices()) {
      v1::Device* added = response->add_devices();
      added->set_name(device.name);
      added->set_description(device.description);
      added->set_memory_bytes(device.memory_bytes);
      if (const std::string job = scheduler_.RunningJob(device.name); !job.empty()) {
        added->set_running_job(absl::StrCat("jobs/", job));
      }
    }
    response->set_watchers(hub_.watcher_count());
    return database_.Read([response](SQLite::Database& connection) {
      const JobCounts counts = CountJobs(connection);
      response->set_queued_jobs(counts.queued);
      response->set_running_jobs(counts.running);
      response->set_ended_jobs(counts.ended);
      return absl::OkStatus();
    });
  });
}

}  // namespace electra
