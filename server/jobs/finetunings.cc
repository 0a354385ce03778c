#include "server/jobs/finetunings.h"

#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/task/finetuning.h"
#include "core/task/labelled_text.h"
#include "server/access/owner.h"
#include "server/base/log.h"
#include "server/base/resource_names.h"
#include "server/corpora/catalogue.h"
#include "server/jobs/storage.h"
#include "server/models/source.h"
#include "server/store/corpora.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

constexpr int64_t kMostOfAJob = 20;       // every answer with the job has all of them
constexpr int64_t kMostWaitingOfOne = 8;  // of a token
constexpr size_t kMostColumnBytes = 1024;

// The valid range of a setting.
struct Range {
  double least = 0;
  double most = 0;
};

absl::Status CheckRange(const std::string& field, double value, const Range& range) {
  if (std::isfinite(value) && value >= range.least && value <= range.most) {
    return absl::OkStatus();
  }
  return InvalidArgumentError("FINETUNING_SETTING",
                              "settings.{field} is {value}: it must be from {least} to {most}",
                              field, value, range.least, range.most);
}

// The settings with defaults in place of zeros.
absl::StatusOr<FinetuningRow> RowOf(const v1::FinetuningSettings& settings) {
  const FinetuningSettings defaults;
  FinetuningRow row;
  row.seed_count = settings.seed_count() == 0 ? 5 : settings.seed_count();
  row.epochs = settings.epochs() == 0 ? defaults.epochs : settings.epochs();
  row.learning_rate = settings.learning_rate();
  row.batch_size = settings.batch_size() == 0 ? defaults.batch_size : settings.batch_size();
  row.max_length = settings.max_length() == 0 ? defaults.max_length : settings.max_length();
  row.test_percentage =
      settings.test_percentage() == 0 ? defaults.test_percentage : settings.test_percentage();
  RETURN_IF_ERROR(CheckRange("seed_count", static_cast<double>(row.seed_count), {1, 20}));
  RETURN_IF_ERROR(CheckRange("epochs", row.epochs, {0.01, 100}));
  RETURN_IF_ERROR(CheckRange("learning_rate", row.learning_rate, {0, 1}));
  RETURN_IF_ERROR(CheckRange("batch_size", static_cast<double>(row.batch_size), {1, 1024}));
  RETURN_IF_ERROR(CheckRange("max_length", static_cast<double>(row.max_length), {8, 4096}));
  RETURN_IF_ERROR(CheckRange("test_percentage", row.test_percentage, {1, 90}));
  return row;
}

// The job whose model is meant, which the caller may add to.
absl::StatusOr<JobRow> FindTrainedJob(Reader& reader, const Caller& caller,
                                      const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "jobs"));
  ASSIGN_OR_RETURN(JobRow job, FindJob(reader, name));
  RETURN_IF_ERROR(CheckOwner(caller, absl::StrCat("jobs/", job.name), job.submitted_by));
  if (IsTerminal(job.state)) return job;
  return FailedPreconditionError("FINETUNING_BEFORE_END",
                                 "job {job} is {state}: its model can be fine-tuned once it has "
                                 "ended",
                                 job.name, JobStateWord(job.state));
}

absl::Status CheckFinetuningLimits(Reader& reader, const FinetuningContext& context,
                                   const JobRow& job, const Caller& caller) {
  if (CountFinetunings(reader, job.id) >= kMostOfAJob) {
    return ResourceExhaustedError("TOO_MANY_FINETUNINGS",
                                  "job {job} has {count} fine-tunings, the most that are kept: "
                                  "delete one with `electra finetune {job} --delete ID`",
                                  job.name, kMostOfAJob);
  }
  if (!caller.token.empty() && CountWaitingFinetunings(reader, caller.token) >= kMostWaitingOfOne) {
    return ResourceExhaustedError("FINETUNING_LIMIT",
                                  "token {token} may have {limit} fine-tunings that have not "
                                  "ended: wait for one, or cancel one",
                                  caller.token, kMostWaitingOfOne);
  }
  return CheckRoomForJob(reader, context.quotas, TokenOfJob(reader, job.id));
}

absl::StatusOr<FinetuningRow> FindOwnFinetuning(Reader& reader, const Caller& caller,
                                                const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "finetunings"));
  ASSIGN_OR_RETURN(FinetuningRow row, FindFinetuning(reader, name));
  RETURN_IF_ERROR(CheckOwner(caller, absl::StrCat("finetunings/", row.name), row.submitted_by));
  return row;
}

// The bytes of its rows and of its runs' rows.
int64_t FinetuningBytes(const FinetuningRow& row) {
  return kRowBytes * (2 + 2 * row.seed_count) +
         static_cast<int64_t>(row.corpus_file_name.size() + row.label_column.size());
}

}  // namespace

absl::StatusOr<FinetuningRow> CreateFinetuning(const FinetuningContext& context,
                                               const Caller& caller,
                                               const v1::CreateFinetuningRequest& request) {
  ASSIGN_OR_RETURN(FinetuningRow row, RowOf(request.settings()));
  if (request.label_column().size() > kMostColumnBytes) {
    return InvalidArgumentError("LABEL_COLUMN_TOO_LONG",
                                "label_column has {bytes} bytes: at most {limit} are accepted",
                                request.label_column().size(), kMostColumnBytes);
  }
  ASSIGN_OR_RETURN(const JobRow job, context.database.Read<JobRow>([&](Reader& reader) {
    return FindTrainedJob(reader, caller, request.job());
  }));
  ASSIGN_OR_RETURN(const CorpusRow corpus, ReadCorpus(context.database, request.corpus()));
  ASSIGN_OR_RETURN(const ModelSource source,
                   FindModelSource(context.database, context.data_dir,
                                   absl::StrCat("jobs/", job.name), /*step=*/0));
  ASSIGN_OR_RETURN(const LabelledTexts texts,
                   ReadLabelledTexts({.path = context.data_dir.corpus(corpus.sha256),
                                      .reading = ReadingOptions(corpus),
                                      .label_column = request.label_column()}));
  row.name = MakeName();
  row.job_id = job.id;
  row.corpus_id = corpus.id;
  row.corpus_name = corpus.name;
  row.corpus_file_name = corpus.file_name;
  row.label_column = request.label_column();
  row.model_step = source.step;
  if (!job.model_sha256.empty()) row.base_model = job.model;
  row.row_count = static_cast<int64_t>(texts.texts.size());
  row.left_out_rows = texts.left_out;
  row.class_count = static_cast<int64_t>(texts.classes.size());
  row.submitted_by = caller.token;
  ASSIGN_OR_RETURN(FinetuningRow stored,
                   context.database.Write<FinetuningRow>(
                       [&](Transaction& transaction) -> absl::StatusOr<FinetuningRow> {
                         ASSIGN_OR_RETURN(
                             const JobRow now,
                             FindTrainedJob(transaction, caller, absl::StrCat("jobs/", job.name)));
                         RETURN_IF_ERROR(GetCorpus(transaction, corpus.id).status());
                         RETURN_IF_ERROR(CheckFinetuningLimits(transaction, context, now, caller));
                         AddRecordBytes(transaction, now.id, FinetuningBytes(row));
                         return GetFinetuning(transaction, InsertFinetuning(transaction, row));
                       }));
  Log(LogLevel::kInfo, "finetuning_submitted",
      {{"job", job.name}, {"finetuning", stored.name}, {"corpus", corpus.name}});
  context.scheduler.Wake();
  return stored;
}

absl::StatusOr<FinetuningRow> ReadFinetuning(Database& database, const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "finetunings"));
  return database.Read<FinetuningRow>([&](Reader& reader) { return FindFinetuning(reader, name); });
}

absl::StatusOr<FinetuningRow> CancelFinetuning(const FinetuningContext& context,
                                               const Caller& caller, const std::string& resource) {
  ASSIGN_OR_RETURN(FinetuningRow row,
                   context.database.Write<FinetuningRow>(
                       [&](Transaction& transaction) -> absl::StatusOr<FinetuningRow> {
                         ASSIGN_OR_RETURN(const FinetuningRow found,
                                          FindOwnFinetuning(transaction, caller, resource));
                         if (!SetFinetuningState(transaction, found.id, v1::CANCELLED)) {
                           return FailedPreconditionError(
                               "FINETUNING_ENDED", "fine-tuning {finetuning} is {state} already",
                               found.name, JobStateWord(found.state));
                         }
                         return GetFinetuning(transaction, found.id);
                       },
                       OnFullDisk::kUseReserve));
  context.finetuner.Stop(row.id);
  Log(LogLevel::kInfo, "finetuning_cancelled", {{"finetuning", row.name}});
  return row;
}

absl::Status RemoveFinetuning(const FinetuningContext& context, const Caller& caller,
                              const std::string& resource) {
  ASSIGN_OR_RETURN(const FinetuningRow row,
                   context.database.Write<FinetuningRow>(
                       [&](Transaction& transaction) -> absl::StatusOr<FinetuningRow> {
                         ASSIGN_OR_RETURN(FinetuningRow found,
                                          FindOwnFinetuning(transaction, caller, resource));
                         AddRecordBytes(transaction, found.job_id, -FinetuningBytes(found));
                         DeleteFinetuning(transaction, found.id);
                         return found;
                       },
                       OnFullDisk::kUseReserve));
  context.finetuner.Stop(row.id);
  // Files that an ending run still writes are deleted with the job.
  std::error_code ignored;
  std::filesystem::remove_all(context.data_dir.finetuning(row.job_name, row.name), ignored);
  const int64_t bytes = FolderBytes(context.data_dir.job(row.job_name));
  Log(LogLevel::kInfo, "finetuning_deleted", {{"finetuning", row.name}});
  return context.database.Write(
      [&](Transaction& transaction) {
        SetFolderBytes(transaction, row.job_id, bytes);
        return absl::OkStatus();
      },
      OnFullDisk::kUseReserve);
}

}  // namespace electra::server
