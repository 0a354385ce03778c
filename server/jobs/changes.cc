#include "server/jobs/changes.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/base/log.h"
#include "server/base/resource_names.h"
#include "server/jobs/checkpoint_quota.h"
#include "server/jobs/labels.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

JobLabels LabelsOf(Reader& reader, const JobRow& row) {
  return {.display_name = row.display_name, .note = row.note, .tags = ReadJobTags(reader, row.id)};
}

// The files of a job that is deleted: before its rows where the disk has no room for the record of
// that, else behind them.
enum class Files { kFirst, kLast };

absl::StatusOr<std::string> RemoveRows(Database& database, const DataDir& data_dir,
                                       const std::string& name, const std::string& etag,
                                       Files files) {
  return database.Write<std::string>(
      OnFullDisk::kUseReserve, [&](Transaction& transaction) -> absl::StatusOr<std::string> {
        ASSIGN_OR_RETURN(JobRow job, FindJob(transaction, name));
        if (job.state == v1::PREPARING || job.state == v1::RUNNING) {
          return absl::FailedPreconditionError(
              absl::StrCat("job ", job.name, " is ", std::string(JobStateName(job.state)),
                           ": `electra cancel ", job.name, "` ends it, then it can be deleted"));
        }
        RETURN_IF_ERROR(CheckEtag(etag, EtagOf(job.name, LabelsOf(transaction, job)), job.name));
        std::error_code ignored;
        if (files == Files::kFirst) std::filesystem::remove_all(data_dir.job(job.name), ignored);
        DeleteJob(transaction, job.id);
        return std::move(job.name);
      });
}

absl::StatusOr<JobView> Change(const JobContext& context,
                               absl::StatusOr<JobRow> (Scheduler::*change)(std::string_view name),
                               const std::string& resource, std::string_view event) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "jobs"));
  ASSIGN_OR_RETURN(const JobRow row, (context.scheduler.*change)(name));
  Log(LogLevel::kInfo, event, {{"job", row.name}});
  return context.database.Read<JobView>([&](Reader& reader) { return ViewJob(reader, row); });
}

}  // namespace

absl::StatusOr<JobView> UpdateJob(Database& database, const v1::UpdateJobRequest& request) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request.job().name(), "jobs"));
  return database.Write<JobView>([&](Transaction& transaction) -> absl::StatusOr<JobView> {
    ASSIGN_OR_RETURN(const JobRow job, FindJob(transaction, name));
    JobLabels labels = LabelsOf(transaction, job);
    RETURN_IF_ERROR(CheckEtag(request.job().etag(), EtagOf(job.name, labels), job.name));
    ASSIGN_OR_RETURN(labels, UpdatedLabels(std::move(labels), request));
    SetJobLabels(transaction, job.id, labels.display_name, labels.note, labels.tags);
    ASSIGN_OR_RETURN(JobRow updated, GetJob(transaction, job.id));
    return ViewJob(transaction, std::move(updated));
  });
}

absl::StatusOr<JobView> CancelJob(const JobContext& context, const std::string& resource) {
  return Change(context, &Scheduler::Cancel, resource, "job_cancel_requested");
}

absl::StatusOr<JobView> PauseJob(const JobContext& context, const std::string& resource) {
  return Change(context, &Scheduler::Pause, resource, "job_pause_requested");
}

absl::StatusOr<JobView> ResumeJob(const JobContext& context, const std::string& resource) {
  return Change(context, &Scheduler::Resume, resource, "job_resumed");
}

absl::StatusOr<JobView> RetryJob(const JobContext& context, const Caller& caller,
                                 const std::string& resource) {
  RETURN_IF_ERROR(CheckCheckpointQuota(context, caller));
  return Change(context, &Scheduler::Retry, resource, "job_retried");
}

absl::Status RemoveJob(Database& database, const DataDir& data_dir, const std::string& resource,
                       const std::string& etag) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "jobs"));
  absl::StatusOr<std::string> deleted = RemoveRows(database, data_dir, name, etag, Files::kLast);
  if (IsDiskFull(deleted.status())) {
    deleted = RemoveRows(database, data_dir, name, etag, Files::kFirst);
  }
  RETURN_IF_ERROR(deleted.status());
  // Nothing refers to the files any more; `electra gc` finds what is left of them.
  std::error_code ignored;
  std::filesystem::remove_all(data_dir.job(*deleted), ignored);
  Log(LogLevel::kInfo, "job_deleted", {{"job", *deleted}});
  return absl::OkStatus();
}

}  // namespace electra::server
