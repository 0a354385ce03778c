#include "server/jobs/scheduler.h"

#include <pthread.h>

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/trace_parent.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/jobs/ending.h"
#include "server/jobs/job_requests.h"
#include "server/jobs/recovery.h"
#include "server/jobs/training_task.h"
#include "server/store/job_queue.h"
#include "server/store/training_times.h"

namespace electra::server {
namespace {

// How long a worker whose job's end could not be stored (a full disk) waits before it tries again.
constexpr absl::Duration kStoreAgain = absl::Seconds(2);

// How soon the queue is read again after it could not be read, or a job could not be begun.
constexpr absl::Duration kLookAgain = absl::Seconds(5);

std::vector<std::string> Names(const std::vector<DeviceReport>& devices) {
  std::vector<std::string> names;
  names.reserve(devices.size());
  for (const DeviceReport& device : devices) names.push_back(device.name);
  return names;
}

const Quotas& NoQuotas() {
  static const Quotas kNone;
  return kNone;
}

}  // namespace

Scheduler::Scheduler(Database& database, Trainer& trainer, const DataDir& data_dir,
                     SchedulerHooks hooks)
    : database_(database),
      trainer_(trainer),
      data_dir_(data_dir),
      hooks_(std::move(hooks)),
      quotas_(hooks_.quotas == nullptr ? NoQuotas() : *hooks_.quotas),
      devices_(PlaceableDevices(Names(trainer.Devices()), hooks_.launch_ranks)) {}

Scheduler::~Scheduler() { Shutdown(); }

absl::Status Scheduler::Start() {
  RETURN_IF_ERROR(RecoverJobs(database_, trainer_, data_dir_));
  for (const PlaceableDevice& device : devices_) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->device = device.name;
  }
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->thread = std::thread([this, &worker = *worker] { RunWorker(worker); });
    pthread_setname_np(worker->thread.native_handle(),
                       absl::StrCat("train ", worker->device).substr(0, 15).c_str());
  }
  queue_thread_ = std::thread([this] { RunQueue(); });
  pthread_setname_np(queue_thread_.native_handle(), "queue");
  return absl::OkStatus();
}

void Scheduler::Wake() {
  {
    absl::MutexLock lock(&mutex_);
    ++wakes_;
  }
  changed_.NotifyAll();
}

void Scheduler::RunQueue() {
  while (true) {
    int64_t wakes_before = 0;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) break;
      wakes_before = wakes_;
    }
    const absl::Status dispatched = Dispatch();
    const auto has_news = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return stopping_ || wakes_ != wakes_before;
    };
    absl::MutexLock lock(&mutex_);
    if (dispatched.ok()) {
      mutex_.Await(absl::Condition(&has_news));
    } else {
      Log(LogLevel::kError, "queue_unreadable", {{"error", std::string(dispatched.message())}});
      changed_.AwaitFor(mutex_, kLookAgain, has_news);
    }
  }
  {
    absl::MutexLock lock(&mutex_);
    queue_ended_ = true;
  }
  changed_.NotifyAll();
}

absl::Status Scheduler::Dispatch() {
  std::optional<Placement> placement;
  std::map<int64_t, std::string> names;  // of jobs that others make room for, or wait for
  RETURN_IF_ERROR(database_.Read([&](Reader& reader) -> absl::Status {
    placement.emplace(Place(reader));
    for (const auto& [device, job] : placement->held()) names[job];
    for (const Placement::Stop& stop : placement->stops()) names[stop.for_job];
    for (auto& [id, name] : names) {
      ASSIGN_OR_RETURN(const JobRow row, GetJob(reader, id));
      name = row.name;
    }
    return absl::OkStatus();
  }));
  {
    absl::MutexLock lock(&mutex_);
    held_.clear();
    for (const auto& [device, job] : placement->held()) held_[device] = names[job];
    for (const Placement::Stop& stop : placement->stops()) {
      const auto active = active_.find(stop.job);
      if (active == active_.end()) continue;
      active->second.stop->Request(StopReason::kPreempt);
      Log(LogLevel::kInfo, "job_preempted",
          {{"job", active->second.name}, {"for", names[stop.for_job]}});
    }
  }
  for (const Placement::Start& start : placement->starts()) RETURN_IF_ERROR(Begin(start));
  return absl::OkStatus();
}

// Only this thread assigns devices: free ones stay free.
Placement Scheduler::Place(Reader& reader) {
  std::vector<RunningJob> running;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, active] : active_) {
      running.push_back({.id = id,
                         .priority = active.priority,
                         .devices = active.devices,
                         .is_stopping = active.stop->requested()});
    }
  }
  std::optional<Placement> placement;
  VisitQueue(reader, [&](const QueuedJob& job) {
    // Its end is stored, and it is in the queue again, but its devices are not free yet. They will
    // be in a moment, and no later job goes first.
    const bool is_ending =
        absl::c_any_of(running, [&](const RunningJob& one) { return one.id == job.id; });
    if (is_ending) return false;
    if (!placement) {  // free memory is asked only where a job waits
      std::vector<PlaceableDevice> devices = devices_;
      for (PlaceableDevice& device : devices) {
        device.free_memory = hooks_.free_memory ? hooks_.free_memory(device.name) : -1;
      }
      placement.emplace(devices, running);
    }
    return placement->Add({.id = job.id,
                           .priority = job.priority,
                           .requested_device = job.requested_device,
                           .devices = job.requested_devices});
  });
  return placement ? *std::move(placement) : Placement(devices_, running);
}

absl::Status Scheduler::Begin(const Placement::Start& start) {
  std::optional<JobRow> job;
  RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) -> absl::Status {
    // It may have been cancelled, paused or deleted since the queue was read.
    const absl::StatusOr<JobRow> found = GetJob(transaction, start.job);
    if (!found.ok() || found->state != v1::QUEUED) return absl::OkStatus();
    job = *found;
    BeginTrainingTime(transaction, start.job, job->submitted_by,
                      static_cast<int64_t>(start.devices.size()));
    return ChangeState(transaction, start.job, v1::PREPARING);
  }));
  if (!job) {
    Wake();  // its devices are free for others
    return absl::OkStatus();
  }
  if (hooks_.on_queue_wait) {
    // Nothing changes a waiting job: it was last changed when it was queued.
    hooks_.on_queue_wait(static_cast<double>(NowMicros() - job->updated_at) * 1e-6);
  }
  const auto worker = absl::c_find_if(
      workers_, [&](const auto& one) { return one->device == start.devices.front(); });
  {
    absl::MutexLock lock(&mutex_);
    Active& active = active_[job->id];
    active = {.name = job->name,
              .priority = job->priority,
              .devices = start.devices,
              .stop = std::make_shared<StopSignal>()};
    if (stopping_) active.stop->Request(StopReason::kShutdown);
    for (const std::string& device : start.devices) {
      if (const auto idle = idle_.find(device); idle != idle_.end()) {
        idle->second->Request(StopReason::kPreempt);
      }
    }
    (*worker)->job = std::move(job);
  }
  changed_.NotifyAll();
  return absl::OkStatus();
}

void Scheduler::RunWorker(Worker& worker) {
  const auto has_news = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return worker.job.has_value() || queue_ended_ || IsIdle(worker);
  };
  while (true) {
    std::optional<JobRow> job;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_news));
      job.swap(worker.job);
      if (!job && queue_ended_) return;
    }
    if (job) {
      RunJob(*job);
    } else {
      RunIdleWork(worker);
    }
  }
}

bool Scheduler::IsIdle(const Worker& worker) const {
  if (!hooks_.idle_work || stopping_ || worker.idle_wakes == wakes_) return false;
  if (held_.find(worker.device) != held_.end()) return false;
  return absl::c_none_of(active_, [&](const auto& active) {
    return absl::c_linear_search(active.second.devices, worker.device);
  });
}

void Scheduler::RunIdleWork(Worker& worker) {
  const auto stop = std::make_shared<StopSignal>();
  int64_t wakes = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (!IsIdle(worker)) return;
    wakes = wakes_;
    idle_[worker.device] = stop;
  }
  const absl::StatusOr<bool> worked = hooks_.idle_work(worker.device, stop);
  const bool is_lost = IsDeviceLost(worked.status());
  if (!worked.ok()) {
    Log(LogLevel::kError, "idle_work_failed",
        {{"device", worker.device}, {"error", std::string(worked.status().message())}});
  }
  if (is_lost) StopAll();
  {
    absl::MutexLock lock(&mutex_);
    idle_.erase(worker.device);
    if (!worked.ok() || !*worked) worker.idle_wakes = wakes;
  }
  changed_.NotifyAll();
  if (is_lost && hooks_.on_device_lost) {
    hooks_.on_device_lost(worker.device, std::string(worked.status().message()));
  }
}

Scheduler::Active Scheduler::AwaitDevices(int64_t job_id) {
  absl::MutexLock lock(&mutex_);
  const Active active = active_.at(job_id);
  const auto has_room = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const std::string& device : active.devices) {
      if (idle_.find(device) != idle_.end()) return false;
    }
    return true;
  };
  mutex_.Await(absl::Condition(&has_room));
  return active;
}

absl::StatusOr<TrainingOutcome> Scheduler::Train(const JobRow& job, const Active& active,
                                                 JobEvents& events) {
  if (const auto found = static_cast<int64_t>(active.devices.size());
      hooks_.launch_ranks == 0 && active.devices.front() != "cpu" &&
      found < job.requested_devices) {
    events.OnMessage(Severity::kWarning,
                     Message("DEVICES_LEFT",
                             "the job asked for {devices} devices, of which {left} are left: it "
                             "goes on with these",
                             job.requested_devices, found));
  }
  absl::StatusOr<TrainingOutcome> outcome = absl::InternalError("");
  if (const absl::StatusOr<TrainingTask> task = MakeTask(database_, data_dir_, job, active.devices);
      !task.ok()) {
    outcome = task.status();
  } else {
    outcome = trainer_.Train(*task, events, *active.stop);
  }
  if (const absl::Status failure = events.failure(); !failure.ok()) {
    outcome = Error(failure.code(), Message("HISTORY_NOT_STORED",
                                            "its history could not be stored: {error}", failure));
  }
  return outcome;
}

void Scheduler::RunJob(const JobRow& job) {
  const auto trace = ParseTraceParent(job.trace_parent);
  const LogScope scope({{"job", job.name}, {"trace_id", trace ? trace->trace_id : ""}});
  const Active active = AwaitDevices(job.id);
  const std::shared_ptr<StopSignal>& stop = active.stop;
  // A cancel or a pause that came before the job was active is in its row.
  absl::StatusOr<JobRow> fresh = absl::InternalError("");
  const absl::Status read = database_.Read([&](Reader& reader) {
    fresh = GetJob(reader, job.id);
    return fresh.status();
  });
  if (read.ok() && fresh->cancel_requested) stop->Request(StopReason::kCancel);
  if (read.ok() && fresh->pause_requested) stop->Request(StopReason::kPause);

  if (hooks_.before_training) hooks_.before_training();
  Log(LogLevel::kInfo, "job_started",
      {{"job", job.name}, {"device", absl::StrJoin(active.devices, ",")}});
  JobEvents events(database_, quotas_, job.id, job.step, stop);
  const absl::StatusOr<TrainingOutcome> outcome = Train(job, active, events);
  const bool is_lost = IsDeviceLost(outcome.status());
  if (is_lost) StopAll();  // before this worker could take the job again
  FinishJob(job, outcome, events.no_room());
  {
    absl::MutexLock lock(&mutex_);
    active_.erase(job.id);
    ++wakes_;  // its devices are free
  }
  changed_.NotifyAll();
  if (is_lost && hooks_.on_device_lost) {
    hooks_.on_device_lost(active.devices.front(), std::string(outcome.status().message()));
  }
}

void Scheduler::FinishJob(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome,
                          const absl::Status& no_room) {
  const int64_t folder_bytes = FolderBytes(data_dir_.job(job.name));
  while (true) {
    if (StoreEnding(database_, job, outcome, no_room, folder_bytes).ok()) return;
    // No other job can begin where nothing can be stored. A daemon that stops leaves it to the
    // next one, which finds the job unfinished.
    absl::MutexLock lock(&mutex_);
    const auto is_stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
    if (changed_.AwaitFor(mutex_, kStoreAgain, is_stopping)) return;
  }
}

absl::StatusOr<JobRow> Scheduler::Change(
    std::string_view name,
    const std::function<absl::Status(Transaction& transaction, const JobRow& job)>& change,
    OnFullDisk on_full) {
  absl::StatusOr<JobRow> job = absl::InternalError("");
  RETURN_IF_ERROR(database_.Write(
      [&](Transaction& transaction) -> absl::Status {
        job = FindJob(transaction, name);
        RETURN_IF_ERROR(job.status());
        RETURN_IF_ERROR(change(transaction, *job));
        job = GetJob(transaction, job->id);
        return job.status();
      },
      on_full));
  return job;
}

absl::StatusOr<JobRow> Scheduler::Cancel(std::string_view name) {
  ASSIGN_OR_RETURN(const JobRow job, Change(name, RequestCancel, OnFullDisk::kUseReserve));
  RequestStop(job.id, StopReason::kCancel);
  return job;
}

absl::StatusOr<JobRow> Scheduler::Pause(std::string_view name) {
  ASSIGN_OR_RETURN(const JobRow job, Change(name, RequestPause));
  if (job.pause_requested) RequestStop(job.id, StopReason::kPause);
  return job;
}

absl::StatusOr<JobRow> Scheduler::Resume(std::string_view name) {
  ASSIGN_OR_RETURN(const JobRow job,
                   Change(name, [this](Transaction& transaction, const JobRow& row) {
                     return RequestResume(transaction, row, quotas_);
                   }));
  Wake();
  return job;
}

absl::StatusOr<JobRow> Scheduler::Retry(std::string_view name) {
  ASSIGN_OR_RETURN(
      const JobRow job,
      Change(name, [this](Transaction& transaction, const JobRow& row) -> absl::Status {
        RETURN_IF_ERROR(RequestRetry(transaction, row, quotas_));
        return trainer_.ResolveDevice(row.requested_device).status();
      }));
  Wake();
  return job;
}

void Scheduler::RequestStop(int64_t job_id, StopReason reason) {
  absl::MutexLock lock(&mutex_);
  if (const auto active = active_.find(job_id); active != active_.end()) {
    active->second.stop->Request(reason);
  }
}

void Scheduler::StopAll() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (auto& [id, active] : active_) active.stop->Request(StopReason::kShutdown);
    for (auto& [device, stop] : idle_) stop->Request(StopReason::kShutdown);
  }
  changed_.NotifyAll();
}

void Scheduler::Shutdown() {
  StopAll();
  if (queue_thread_.joinable()) queue_thread_.join();
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

absl::Status Scheduler::CheckDevices(const std::string& requested_device, int64_t devices) const {
  return CheckPlaceable(devices_, {.requested_device = requested_device, .devices = devices});
}

Scheduler::DeviceJobs Scheduler::JobsOf(std::string_view device) const {
  DeviceJobs jobs;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, active] : active_) {
    if (absl::c_linear_search(active.devices, device)) jobs.running_job = active.name;
  }
  if (const auto held = held_.find(device); held != held_.end() && jobs.running_job.empty()) {
    jobs.waiting_job = held->second;
  }
  return jobs;
}

}  // namespace electra::server
