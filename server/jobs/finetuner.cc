#include "server/jobs/finetuner.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint_folders.h"
#include "server/base/errors.h"
#include "server/base/log.h"
#include "server/jobs/job_requests.h"
#include "server/store/corpora.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"
#include "server/store/models.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

// How often a watcher sees a run advance.
constexpr absl::Duration kBetweenProgress = absl::Seconds(2);

// The first run that is not done: for each seed, the base, then the adapted model.
std::optional<FinetuningRunRow> NextRun(const FinetuningRow& row) {
  for (int64_t seed = 1; seed <= row.seed_count; ++seed) {
    for (v1::FinetunedModel model : {v1::BASE, v1::ADAPTED}) {
      const bool is_done = std::any_of(
          row.runs.begin(), row.runs.end(),
          [&](const FinetuningRunRow& run) { return run.seed == seed && run.model == model; });
      if (!is_done) return FinetuningRunRow{.seed = seed, .model = model};
    }
  }
  return std::nullopt;
}

bool UsesCards(const Trainer& trainer) {
  const std::vector<DeviceReport> devices = trainer.Devices();
  return std::any_of(devices.begin(), devices.end(),
                     [](const DeviceReport& device) { return device.name != "cpu"; });
}

// An empty folder for the model of a run, without leftovers of an interrupted one.
absl::Status MakeEmpty(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  // Step by step: the job's own folder is not made again where the job was deleted.
  for (const fs::path& made : {folder.parent_path().parent_path(), folder.parent_path(), folder}) {
    fs::create_directory(made, error);
    if (error) return FileError(made, error);
  }
  return absl::OkStatus();
}

// Removes all but the best model.
void RemoveOthers(const fs::path& folder, const std::optional<int64_t>& best) {
  std::error_code ignored;
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!best || entry.path().filename() != SeedFolder(*best)) others.push_back(entry.path());
  }
  for (const fs::path& other : others) fs::remove_all(other, ignored);
}

}  // namespace

Finetuner::Finetuner(Database& database, const Trainer& trainer, const DataDir& data_dir, Run run)
    : database_(database),
      data_dir_(data_dir),
      uses_cards_(UsesCards(trainer)),
      run_(std::move(run)) {}

absl::Status Finetuner::Recover() {
  return database_.Write(
      [](Transaction& transaction) {
        RequeueFinetunings(transaction);
        return absl::OkStatus();
      },
      OnFullDisk::kUseReserve);
}

absl::StatusOr<bool> Finetuner::RunNext(const std::string& device,
                                        const std::shared_ptr<StopSignal>& stop) {
  if ((device != "cpu") != uses_cards_) return false;
  FinetuningRow row;
  ASSIGN_OR_RETURN(const bool found, Take(stop, &row));
  if (!found) return false;
  const absl::Status status = RunOne(row, device, stop);
  {
    absl::MutexLock lock(&mutex_);
    busy_.erase(row.id);
  }
  RETURN_IF_ERROR(status);
  return true;
}

absl::StatusOr<bool> Finetuner::Take(const std::shared_ptr<StopSignal>& stop, FinetuningRow* row) {
  absl::MutexLock lock(&mutex_);
  std::set<int64_t> busy;
  for (const auto& [id, signal] : busy_) busy.insert(id);
  std::optional<FinetuningRow> next;
  RETURN_IF_ERROR(database_.Read([&](Reader& reader) {
    next = NextFinetuning(reader, busy);
    return absl::OkStatus();
  }));
  if (!next) return false;
  *row = *std::move(next);
  busy_[row->id] = stop;
  return true;
}

void Finetuner::Stop(int64_t finetuning_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = busy_.find(finetuning_id);
  if (found != busy_.end()) found->second->Request(StopReason::kCancel);
}

absl::StatusOr<FinetuningTask> Finetuner::MakeTask(const FinetuningRow& row,
                                                   const FinetuningRunRow& next,
                                                   const std::string& device) {
  FinetuningTask task;
  const fs::path adapted =
      CheckpointDir(CheckpointsDir(data_dir_.job(row.job_name)), row.model_step);
  RETURN_IF_ERROR(database_.Read([&](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(const CorpusRow corpus, GetCorpus(reader, row.corpus_id));
    task.data = {.path = data_dir_.corpus(corpus.sha256),
                 .reading = ReadingOptions(corpus),
                 .label_column = row.label_column};
    task.model = adapted;
    if (next.model == v1::ADAPTED) return absl::OkStatus();
    if (row.base_model.empty()) {
      task.weights = StartingWeights::kDrawn;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const JobRow job, GetJob(reader, row.job_id));
    ASSIGN_OR_RETURN(const ModelRow model, FindModel(reader, row.base_model));
    RETURN_IF_ERROR(CheckIsModelOf(job, model));
    task.model = data_dir_.model(model.folder);
    task.tokenizer_of = adapted;
    return absl::OkStatus();
  }));
  task.settings = {.epochs = row.epochs,
                   .learning_rate = row.learning_rate,
                   .batch_size = row.batch_size,
                   .max_length = row.max_length,
                   .test_percentage = row.test_percentage};
  task.seed = next.seed;
  task.device = device;
  if (next.model == v1::BASE) return task;
  task.save_to = data_dir_.finetuning(row.job_name, row.name) / SeedFolder(next.seed);
  for (const FinetuningRunRow& run : row.runs) {
    if (run.model == v1::ADAPTED) task.save_above = std::max(task.save_above, run.macro_f1);
  }
  RETURN_IF_ERROR(MakeEmpty(task.save_to));
  return task;
}

absl::Status Finetuner::SetState(int64_t id, v1::JobState state, const Message& reason) {
  return database_.Write(
      [&](Transaction& transaction) {
        SetFinetuningState(transaction, id, state, reason);
        return absl::OkStatus();
      },
      OnFullDisk::kUseReserve);
}

absl::Status Finetuner::RunOne(const FinetuningRow& row, const std::string& device,
                               const std::shared_ptr<StopSignal>& stop) {
  const LogScope scope({{"finetuning", row.name}});
  std::optional<FinetuningRunRow> next = NextRun(row);
  if (!next) return SetState(row.id, v1::SUCCEEDED);
  RETURN_IF_ERROR(SetState(row.id, v1::RUNNING));
  Log(LogLevel::kInfo, "finetuning_run",
      {{"job", row.job_name},
       {"device", device},
       {"seed", absl::StrCat(next->seed)},
       {"model", v1::FinetunedModel_Name(next->model)}});
  absl::Time told = absl::Now();
  const auto on_progress = [&](double share) {
    if (absl::Now() - told < kBetweenProgress) return;
    told = absl::Now();
    database_.WriteLater(
        [id = row.id, share, stop](Transaction& transaction) {
          // It was deleted together with its job.
          if (!SetRunProgress(transaction, id, share)) stop->Request(StopReason::kCancel);
          return absl::OkStatus();
        },
        [](const absl::Status&) {});
  };
  absl::StatusOr<FinetuningResult> result = absl::InternalError("");
  if (const absl::StatusOr<FinetuningTask> task = MakeTask(row, *next, device); task.ok()) {
    result = run_(*task, *stop, on_progress);
  } else {
    result = task.status();
  }
  if (result.ok()) {
    next->accuracy = result->scores.accuracy;
    next->macro_f1 = result->scores.macro_f1;
    next->train_rows = result->train_rows;
    next->test_rows = result->test_rows;
    return Store(row, *next);
  }
  RemoveOthers(data_dir_.finetuning(row.job_name, row.name), BestSeed(row));
  // Cancelled and deleted ones keep their state.
  if (stop->requested() && absl::IsCancelled(result.status())) return SetState(row.id, v1::QUEUED);
  Log(LogLevel::kWarning, "finetuning_failed", {{"error", std::string(result.status().message())}});
  RETURN_IF_ERROR(SetState(row.id, v1::FAILED, MessageOf(result.status())));
  return IsDeviceLost(result.status()) ? result.status() : absl::OkStatus();
}

absl::Status Finetuner::Store(const FinetuningRow& row, const FinetuningRunRow& done) {
  FinetuningRow now = row;
  now.runs.push_back(done);
  bool is_wanted = false;
  RETURN_IF_ERROR(database_.Write(
      [&](Transaction& transaction) -> absl::Status {
        is_wanted =
            SetFinetuningState(transaction, row.id, NextRun(now) ? v1::RUNNING : v1::SUCCEEDED);
        if (is_wanted) InsertFinetuningRun(transaction, row.id, done);
        return absl::OkStatus();
      },
      OnFullDisk::kUseReserve));
  RemoveOthers(data_dir_.finetuning(row.job_name, row.name), BestSeed(is_wanted ? now : row));
  const int64_t bytes = FolderBytes(data_dir_.job(row.job_name));
  return database_.Write(
      [&](Transaction& transaction) {
        SetFolderBytes(transaction, row.job_id, bytes);
        return absl::OkStatus();
      },
      OnFullDisk::kUseReserve);
}

}  // namespace electra::server
