#include "server/jobs/changes.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/access/owner.h"
#include "server/base/log.h"
#include "server/base/resource_names.h"
#include "server/jobs/labels.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

JobLabels LabelsOf(Reader& reader, const JobRow& row) {
  return {.display_name = row.display_name, .note = row.note, .tags = ReadJobTags(reader, row.id)};
}

// The job that the caller is about to change.
absl::StatusOr<JobRow> FindOwnJob(Reader& reader, const Caller& caller,
                                  const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "jobs"));
  ASSIGN_OR_RETURN(JobRow job, FindJob(reader, name));
  RETURN_IF_ERROR(CheckOwner(caller, absl::StrCat("jobs/", job.name), job.submitted_by));
  return job;
}

// The files of a job that is deleted: before its rows where the disk has no room for the record of
// that, else after them.
enum class Files { kFirst, kLast };

absl::StatusOr<JobRow> RemoveRows(Database& database, const DataDir& data_dir, const Caller& caller,
                                  const std::string& resource, const std::string& etag,
                                  Files files) {
  return database.Write<JobRow>(
      [&](Transaction& transaction) -> absl::StatusOr<JobRow> {
        ASSIGN_OR_RETURN(JobRow job, FindOwnJob(transaction, caller, resource));
        if (job.state == v1::PREPARING || job.state == v1::RUNNING) {
          return FailedPreconditionError(
              "JOB_AT_WORK",
              "job {job} is {state}: `electra job cancel {job}` ends it, then it can be deleted",
              job.name, JobStateWord(job.state));
        }
        RETURN_IF_ERROR(CheckEtag(etag, EtagOf(job.name, LabelsOf(transaction, job)), job.name));
        std::error_code ignored;
        if (files == Files::kFirst) std::filesystem::remove_all(data_dir.job(job.name), ignored);
        DeleteJob(transaction, job.id);
        return job;
      },
      OnFullDisk::kUseReserve);
}

absl::StatusOr<JobView> Change(const JobContext& context, const Caller& caller,
                               absl::StatusOr<JobRow> (Scheduler::*change)(std::string_view name),
                               const std::string& resource, std::string_view event) {
  ASSIGN_OR_RETURN(const JobRow own, context.database.Read<JobRow>([&](Reader& reader) {
    return FindOwnJob(reader, caller, resource);
  }));
  // From here on by its whole name, which no other job ever has.
  ASSIGN_OR_RETURN(const JobRow row, (context.scheduler.*change)(own.name));
  Log(LogLevel::kInfo, event, {{"job", row.name}});
  return context.database.Read<JobView>([&](Reader& reader) { return ViewJob(reader, row); });
}

// As a write, so that no job begins to use it meanwhile.
absl::Status RemoveUnusedVocabulary(Database& database, const DataDir& data_dir,
                                    const std::string& sha256) {
  if (sha256.empty()) return absl::OkStatus();
  return database.Write([&](Transaction& transaction) {
    std::error_code ignored;
    if (!IsVocabularyUsed(transaction, sha256)) {
      std::filesystem::remove(data_dir.vocabulary(sha256), ignored);
    }
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<JobView> UpdateJob(Database& database, const Caller& caller,
                                  const v1::UpdateJobRequest& request) {
  return database.Write<JobView>([&](Transaction& transaction) -> absl::StatusOr<JobView> {
    ASSIGN_OR_RETURN(const JobRow job, FindOwnJob(transaction, caller, request.job().name()));
    JobLabels labels = LabelsOf(transaction, job);
    RETURN_IF_ERROR(CheckEtag(request.job().etag(), EtagOf(job.name, labels), job.name));
    ASSIGN_OR_RETURN(labels, UpdatedLabels(std::move(labels), request));
    SetJobLabels(transaction, job.id, labels.display_name, labels.note, labels.tags);
    ASSIGN_OR_RETURN(JobRow updated, GetJob(transaction, job.id));
    return ViewJob(transaction, std::move(updated));
  });
}

absl::StatusOr<JobView> CancelJob(const JobContext& context, const Caller& caller,
                                  const std::string& resource) {
  return Change(context, caller, &Scheduler::Cancel, resource, "job_cancel_requested");
}

absl::StatusOr<JobView> PauseJob(const JobContext& context, const Caller& caller,
                                 const std::string& resource) {
  return Change(context, caller, &Scheduler::Pause, resource, "job_pause_requested");
}

absl::StatusOr<JobView> ResumeJob(const JobContext& context, const Caller& caller,
                                  const std::string& resource) {
  return Change(context, caller, &Scheduler::Resume, resource, "job_resumed");
}

absl::StatusOr<JobView> RetryJob(const JobContext& context, const Caller& caller,
                                 const std::string& resource) {
  return Change(context, caller, &Scheduler::Retry, resource, "job_retried");
}

absl::Status RemoveJob(Database& database, const DataDir& data_dir, const Caller& caller,
                       const std::string& resource, const std::string& etag) {
  absl::StatusOr<JobRow> deleted =
      RemoveRows(database, data_dir, caller, resource, etag, Files::kLast);
  if (IsDiskFull(deleted.status())) {
    deleted = RemoveRows(database, data_dir, caller, resource, etag, Files::kFirst);
  }
  RETURN_IF_ERROR(deleted.status());
  // Nothing refers to the files any more; `electra server gc` finds the remaining ones.
  std::error_code ignored;
  std::filesystem::remove_all(data_dir.job(deleted->name), ignored);
  Log(LogLevel::kInfo, "job_deleted", {{"job", deleted->name}});
  return RemoveUnusedVocabulary(database, data_dir, deleted->vocabulary_sha256);
}

}  // namespace electra::server
