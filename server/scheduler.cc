#include "server/scheduler.h"

#include <pthread.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "core/train/hyperparameter_table.h"
#include "server/job_events.h"
#include "server/job_state.h"
#include "server/log.h"
#include "server/store/corpora.h"
#include "server/store/models.h"

namespace electra {

Scheduler::Scheduler(Database& database, Trainer& trainer, const DataDir& data_dir)
    : database_(database), trainer_(trainer), data_dir_(data_dir) {}

Scheduler::~Scheduler() { Shutdown(); }

absl::Status Scheduler::Start() {
  RETURN_IF_ERROR(Recover());
  const std::vector<DeviceReport> devices = trainer_.Devices();
  const bool has_card = devices.size() > 1;
  for (const DeviceReport& device : devices) {
    auto worker = std::make_unique<Worker>();
    worker->device = device.name;
    worker->requests = {device.name};
    if (device.name != "cpu") worker->requests.push_back("cuda");
    if (device.name != "cpu" || !has_card) worker->requests.push_back("auto");
    workers_.push_back(std::move(worker));
  }
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->thread = std::thread([this, &worker = *worker] { RunWorker(worker); });
    pthread_setname_np(worker->thread.native_handle(),
                       absl::StrCat("train ", worker->device).substr(0, 15).c_str());
  }
  return absl::OkStatus();
}

absl::Status Scheduler::Recover() {
  return database_.Write([this](Transaction& transaction) {
    for (v1::JobState state : {v1::PREPARING, v1::RUNNING}) {
      for (const JobRow& job : ListJobsInState(transaction.connection(), state)) {
        const v1::JobState to = job.cancel_requested ? v1::CANCELLED : v1::QUEUED;
        RETURN_IF_ERROR(ChangeState(transaction, job.id, to, "the daemon was restarted"));
        Log(LogLevel::kWarning, "job_recovered",
            {{"job", job.name}, {"state", std::string(JobStateName(to))}});
      }
    }
    for (const JobRow& job : ListJobsInState(transaction.connection(), v1::QUEUED)) {
      const absl::Status device = trainer_.ResolveDevice(job.requested_device).status();
      if (device.ok()) continue;
      RETURN_IF_ERROR(ChangeState(transaction, job.id, v1::FAILED, std::string(device.message())));
    }
    return absl::OkStatus();
  });
}

void Scheduler::Wake() {
  absl::MutexLock lock(&mutex_);
  ++wakes_;
}

void Scheduler::RunWorker(const Worker& worker) {
  while (true) {
    int64_t wakes_before = 0;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      wakes_before = wakes_;
    }
    const absl::StatusOr<std::optional<JobRow>> job = TakeNextJob(worker);
    if (!job.ok()) {
      Log(LogLevel::kError, "queue_unreadable",
          {{"device", worker.device}, {"error", std::string(job.status().message())}});
    } else if (*job) {
      RunJob(**job, worker.device);
      continue;
    }
    const auto has_news = [&] { return stopping_ || wakes_ != wakes_before; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&has_news));
  }
}

absl::StatusOr<std::optional<JobRow>> Scheduler::TakeNextJob(const Worker& worker) {
  std::optional<JobRow> taken;
  RETURN_IF_ERROR(database_.Read([&](SQLite::Database& connection) {
    taken = NextQueuedJob(connection, worker.requests);
    return absl::OkStatus();
  }));
  if (!taken) return taken;  // without a write where nothing waits
  RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) -> absl::Status {
    taken = NextQueuedJob(transaction.connection(), worker.requests);
    if (!taken) return absl::OkStatus();
    return ChangeState(transaction, taken->id, v1::PREPARING, "");
  }));
  return taken;
}

absl::StatusOr<TrainingTask> Scheduler::MakeTask(const JobRow& job, const std::string& device) {
  const ParsedHyperparameters parsed = ParseHyperparameters(job.hyperparameters);
  if (!parsed.violations.empty()) {
    return absl::InvalidArgumentError(parsed.violations.front().problem);
  }
  TrainingTask task;
  std::optional<CorpusRow> corpus;
  RETURN_IF_ERROR(database_.Read([&](SQLite::Database& connection) -> absl::Status {
    ASSIGN_OR_RETURN(corpus, GetCorpus(connection, job.corpus_id));
    if (job.model_sha256.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const ModelRow model, FindModel(connection, job.model));
    task.pretrained_dir = data_dir_.model(model.folder);
    return absl::OkStatus();
  }));
  task.corpus_path = data_dir_.corpus(corpus->sha256);
  task.corpus = ReadingOptions(*corpus);
  task.corpus_sha256 = corpus->sha256;
  task.model = job.model;
  task.hyperparameters = parsed.values;
  task.probe = absl::StrSplit(job.probe, '\n', absl::SkipEmpty());
  task.job_dir = data_dir_.job(job.name);
  task.token_cache_dir = data_dir_.token_caches();
  if (!job.vocabulary_sha256.empty()) {
    task.vocabulary_path = data_dir_.vocabulary(job.vocabulary_sha256);
  }
  task.hyperparameters.device = device;
  std::error_code error;
  std::filesystem::create_directories(task.job_dir, error);
  if (error) {
    return absl::InternalError(absl::StrCat(task.job_dir.string(), ": ", error.message()));
  }
  return task;
}

void Scheduler::RunJob(const JobRow& job, const std::string& device) {
  const auto stop = std::make_shared<StopSignal>();
  {
    absl::MutexLock lock(&mutex_);
    active_[job.id] = {.device = device, .name = job.name, .stop = stop};
    if (stopping_) stop->Request(StopReason::kShutdown);
  }
  // A cancel that came before the job was active has left its mark.
  absl::StatusOr<JobRow> fresh = absl::InternalError("");
  const absl::Status read = database_.Read([&](SQLite::Database& connection) {
    fresh = GetJob(connection, job.id);
    return fresh.status();
  });
  if (read.ok() && fresh->cancel_requested) stop->Request(StopReason::kCancel);

  Log(LogLevel::kInfo, "job_started", {{"job", job.name}, {"device", device}});
  JobEvents events(database_, job.id, stop);
  absl::StatusOr<TrainingOutcome> outcome = absl::InternalError("");
  if (const absl::StatusOr<TrainingTask> task = MakeTask(job, device); !task.ok()) {
    outcome = task.status();
  } else {
    outcome = trainer_.Train(*task, events, *stop);
  }
  if (const absl::Status failure = events.failure(); !failure.ok()) {
    outcome = absl::Status(failure.code(), absl::StrCat("its history could not be stored: ",
                                                        std::string(failure.message())));
  }
  FinishJob(job, outcome);
  absl::MutexLock lock(&mutex_);
  active_.erase(job.id);
}

void Scheduler::FinishJob(const JobRow& job, const absl::StatusOr<TrainingOutcome>& outcome) {
  v1::JobState state = v1::SUCCEEDED;
  std::string reason;
  if (!outcome.ok()) {
    state = v1::FAILED;
    reason = std::string(outcome.status().message());
  } else if (outcome->stopped == StopReason::kNone) {
    reason = outcome->note;
  } else if (outcome->stopped == StopReason::kCancel) {
    state = v1::CANCELLED;
    reason = absl::StrCat("cancelled after step ", outcome->step, outcome->note.empty() ? "" : "; ",
                          outcome->note);
  } else {
    state = v1::QUEUED;
    reason =
        absl::StrCat("the daemon is shutting down; the job goes on after step ", outcome->step);
  }
  const absl::Status written = database_.Write([&](Transaction& transaction) {
    // What a job that goes on has so far may be pruned.
    if (outcome.ok() && state != v1::QUEUED && !outcome->model_dir.empty()) {
      SetModelPath(transaction, job.id, outcome->model_dir.string());
    }
    return ChangeState(transaction, job.id, state, reason);
  });
  Log(written.ok() ? LogLevel::kInfo : LogLevel::kError, "job_stopped",
      {{"job", job.name},
       {"state", std::string(JobStateName(state))},
       {"reason", reason},
       {"stored", written.ok() ? "yes" : std::string(written.message())}});
}

absl::StatusOr<JobRow> Scheduler::Cancel(std::string_view name) {
  absl::StatusOr<JobRow> job = absl::InternalError("");
  RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) -> absl::Status {
    job = FindJob(transaction.connection(), name);
    RETURN_IF_ERROR(job.status());
    if (IsTerminal(job->state)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "job ", job->name, " has already ended: it ", std::string(JobStateName(job->state))));
    }
    if (job->state == v1::QUEUED) {
      RETURN_IF_ERROR(ChangeState(transaction, job->id, v1::CANCELLED, "cancelled while waiting"));
    } else {
      SetCancelRequested(transaction, job->id);
    }
    job = GetJob(transaction.connection(), job->id);
    return job.status();
  }));
  absl::MutexLock lock(&mutex_);
  if (const auto active = active_.find(job->id); active != active_.end()) {
    active->second.stop->Request(StopReason::kCancel);
  }
  return job;
}

void Scheduler::Shutdown() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (auto& [id, active] : active_) active.stop->Request(StopReason::kShutdown);
  }
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

std::string Scheduler::RunningJob(std::string_view device) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, active] : active_) {
    if (active.device == device) return active.name;
  }
  return "";
}

}  // namespace electra
