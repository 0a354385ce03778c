#include "server/jobs/training_task.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/settings/hyperparameter_table.h"
#include "server/base/errors.h"
#include "server/jobs/job_requests.h"
#include "server/store/corpora.h"
#include "server/store/job_corpora.h"
#include "server/store/models.h"

namespace electra::server {
namespace {

// The corpora that the job reads besides its first.
absl::Status AddCorpora(Reader& reader, const DataDir& data_dir, int64_t job_id,
                        TrainingTask* task) {
  bool is_first = true;
  for (const JobCorpusRow& row : JobCorpusReader(reader).Read(job_id)) {
    ASSIGN_OR_RETURN(const CorpusRow corpus, GetCorpus(reader, row.corpus_id));
    CorpusSource source{.path = data_dir.corpus(corpus.sha256),
                        .reading = ReadingOptions(corpus),
                        .sha256 = corpus.sha256};
    if (row.purpose == JobCorpusRow::Purpose::kEvaluate) {
      task->eval_corpora.push_back({.name = row.name, .source = std::move(source)});
      continue;
    }
    if (row.share > 0) task->mix.push_back(row.share);
    if (!std::exchange(is_first, false)) task->more_corpora.push_back(std::move(source));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrainingTask> MakeTask(Database& database, const DataDir& data_dir,
                                      const JobRow& job, const std::vector<std::string>& devices) {
  // Evaluation corpora were checked when the job was submitted.
  const ParsedHyperparameters parsed =
      ParseHyperparameters(job.hyperparameters, EvalCorpora::kSome);
  if (!parsed.violations.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, parsed.violations.front().problem);
  }
  TrainingTask task;
  std::optional<CorpusRow> corpus;
  RETURN_IF_ERROR(database.Read([&](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(corpus, GetCorpus(reader, job.corpus_id));
    RETURN_IF_ERROR(AddCorpora(reader, data_dir, job.id, &task));
    if (job.model_sha256.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const ModelRow model, FindModel(reader, job.model));
    RETURN_IF_ERROR(CheckIsModelOf(job, model));
    task.pretrained_dir = data_dir.model(model.folder);
    return absl::OkStatus();
  }));
  task.corpus_path = data_dir.corpus(corpus->sha256);
  task.corpus = ReadingOptions(*corpus);
  task.corpus_sha256 = corpus->sha256;
  task.model = job.model;
  task.hyperparameters = parsed.values;
  task.probe = absl::StrSplit(job.probe, '\n', absl::SkipEmpty());
  task.job_dir = data_dir.job(job.name);
  task.token_cache_dir = data_dir.token_caches();
  if (!job.vocabulary_sha256.empty()) {
    task.vocabulary_path = data_dir.vocabulary(job.vocabulary_sha256);
  }
  task.hyperparameters.device = devices.front();
  task.devices = devices;
  if (devices.front() == "cpu" && job.requested_devices > 1) {
    task.devices.assign(static_cast<size_t>(job.requested_devices), "cpu");
  }
  std::error_code error;
  std::filesystem::create_directories(task.job_dir, error);
  if (error) return FileError(task.job_dir, error);
  RETURN_IF_ERROR(SyncDirectory(task.job_dir.parent_path().string()));
  return task;
}

}  // namespace electra::server
