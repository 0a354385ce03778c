#include "server/services/daemon_service.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/ranks/rendezvous.h"
#include "server/base/clock.h"
#include "server/base/message_code.h"
#include "server/base/version.h"
#include "server/jobs/view.h"
#include "server/models/inference.h"
#include "server/upkeep/garbage.h"

namespace electra::server {

DaemonService::DaemonService(Database& database, const Scheduler& scheduler, Trainer& trainer,
                             const DeviceMonitor& monitor, const Rendezvous* rendezvous,
                             const WatchHub& hub, const DataDir& data_dir,
                             PartialUploads& partial_uploads, InferenceCache& inference_cache,
                             Calls& calls)
    : database_(database),
      scheduler_(scheduler),
      trainer_(trainer),
      monitor_(monitor),
      rendezvous_(rendezvous),
      hub_(hub),
      data_dir_(data_dir),
      partial_uploads_(partial_uploads),
      inference_cache_(inference_cache),
      calls_(calls),
      start_micros_(NowMicros()) {}

grpc::ServerUnaryReactor* DaemonService::GetStatus(grpc::CallbackServerContext* context,
                                                   const v1::GetStatusRequest* request,
                                                   v1::DaemonStatus* response) {
  return RunUnary(calls_, context, request, response, [this, response]() -> absl::Status {
    response->set_version(kVersion);
    *response->mutable_start_time() = ToTimestamp(start_micros_);
    response->set_data_dir(data_dir_.root().string());
    response->set_free_bytes(data_dir_.free_bytes().value_or(0));
    response->set_schema_version(database_.schema_version());
    AddDevices(response);
    AddRanks(response);
    response->set_watchers(hub_.watcher_count());
    ASSIGN_OR_RETURN(const JobCounts counts, ReadJobCounts(database_));
    response->set_queued_jobs(counts.queued);
    response->set_running_jobs(counts.running);
    response->set_ended_jobs(counts.ended);
    return absl::OkStatus();
  });
}

void DaemonService::AddDevices(v1::DaemonStatus* status) const {
  for (const DeviceReport& device : trainer_.Devices()) {
    v1::Device* added = status->add_devices();
    added->set_name(device.name);
    added->set_description(device.description);
    added->set_memory_bytes(device.memory_bytes);
    const Scheduler::DeviceJobs jobs = scheduler_.JobsOf(device.name);
    if (!jobs.running_job.empty()) added->set_running_job(absl::StrCat("jobs/", jobs.running_job));
    if (!jobs.waiting_job.empty()) added->set_waiting_job(absl::StrCat("jobs/", jobs.waiting_job));
    const DeviceUse use = monitor_.Read(device.name).value_or(DeviceUse());
    if (use.memory_bytes > 0) added->set_memory_bytes(use.memory_bytes);
    added->set_memory_used_bytes(use.memory_used_bytes);
    added->set_memory_free_bytes(use.memory_free_bytes);
    added->set_utilization(use.utilization);
  }
}

void DaemonService::AddRanks(v1::DaemonStatus* status) const {
  status->set_queue_policy(rendezvous_ == nullptr ? v1::JOBS_BY_DEVICES : v1::JOBS_OVER_RANKS);
  if (rendezvous_ == nullptr) return;
  for (const RankReport& rank : rendezvous_->Ranks()) {
    v1::Rank* added = status->add_ranks();
    added->set_rank(static_cast<int32_t>(rank.rank));
    added->set_present(rank.present);
    added->set_host(rank.host);
    added->set_device(rank.device);
  }
}

grpc::ServerUnaryReactor* DaemonService::UnloadModels(grpc::CallbackServerContext* context,
                                                      const v1::UnloadModelsRequest* request,
                                                      v1::UnloadModelsResponse* response) {
  return RunUnary(calls_, context, request, response, [this, response]() -> absl::Status {
    const UnloadReport report = server::UnloadModels(trainer_, inference_cache_);
    response->set_models(report.models);
    response->set_bytes(report.bytes);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DaemonService::CollectGarbage(grpc::CallbackServerContext* context,
                                                        const v1::CollectGarbageRequest* request,
                                                        v1::CollectGarbageResponse* response) {
  const auto collect = [=, this]() -> absl::Status {
    const GarbageMode mode = request->dry_run() ? GarbageMode::kCount : GarbageMode::kRemove;
    ASSIGN_OR_RETURN(const std::vector<Garbage> garbage,
                     server::CollectGarbage(database_, data_dir_, partial_uploads_, mode));
    for (const Garbage& kind : garbage) {
      v1::Garbage* added = response->add_garbage();
      added->set_kind(kind.kind.text());
      *added->mutable_kind_code() = ToProto(kind.kind);
      added->set_count(kind.count);
      added->set_bytes(kind.bytes);
    }
    return absl::OkStatus();
  };
  return RunUnary(calls_, context, request, response, collect, Length::kLong);
}

}  // namespace electra::server
