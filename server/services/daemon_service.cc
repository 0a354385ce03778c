#include "server/services/daemon_service.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/convert.h"
#include "server/garbage.h"
#include "server/store/jobs.h"
#include "server/version.h"

namespace electra {

DaemonService::DaemonService(Database& database, const Scheduler& scheduler, const Trainer& trainer,
                             const WatchHub& hub, const DataDir& data_dir,
                             PartialUploads& partial_uploads, Calls& calls)
    : database_(database),
      scheduler_(scheduler),
      trainer_(trainer),
      hub_(hub),
      data_dir_(data_dir),
      partial_uploads_(partial_uploads),
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

grpc::ServerUnaryReactor* DaemonService::CollectGarbage(grpc::CallbackServerContext* context,
                                                        const v1::CollectGarbageRequest* request,
                                                        v1::CollectGarbageResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    const GarbageMode mode = request->dry_run() ? GarbageMode::kCount : GarbageMode::kRemove;
    ASSIGN_OR_RETURN(const std::vector<Garbage> garbage,
                     electra::CollectGarbage(database_, data_dir_, partial_uploads_, mode));
    for (const Garbage& kind : garbage) {
      v1::Garbage* added = response->add_garbage();
      added->set_kind(kind.kind);
      added->set_count(kind.count);
      added->set_bytes(kind.bytes);
    }
    return absl::OkStatus();
  });
}

}  // namespace electra
