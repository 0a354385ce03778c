#include "server/jobs/job_requests.h"

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/access/limits.h"
#include "server/jobs/ending.h"
#include "server/jobs/storage.h"
#include "server/store/job_corpora.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

bool IsWaiting(const JobRow& job) { return job.state == v1::QUEUED || job.state == v1::PAUSED; }

absl::Status AlreadyEnded(const JobRow& job) {
  return FailedPreconditionError("JOB_ENDED", "job {job} has already ended: it {state}", job.name,
                                 JobStateWord(job.state));
}

}  // namespace

absl::Status CheckIsModelOf(const JobRow& job, const ModelRow& model) {
  if (model.sha256 == job.model_sha256) return absl::OkStatus();
  return FailedPreconditionError("OTHER_MODEL_OF_THAT_NAME",
                                 "job {job} was submitted with another model {model}, which was "
                                 "deleted since: import that one "
                                 "again, or submit a new job",
                                 job.name, model.name);
}

absl::Status RequestCancel(Transaction& transaction, const JobRow& job) {
  if (IsTerminal(job.state)) return AlreadyEnded(job);
  if (IsWaiting(job)) {
    return ChangeState(transaction, job.id, v1::CANCELLED,
                       Message("CANCELLED_WHILE_WAITING", "cancelled while waiting"));
  }
  SetCancelRequested(transaction, job.id);
  return absl::OkStatus();
}

absl::Status RequestPause(Transaction& transaction, const JobRow& job) {
  if (IsTerminal(job.state)) return AlreadyEnded(job);
  if (job.state == v1::PAUSED) return absl::OkStatus();
  if (IsWaiting(job)) {
    return ChangeState(transaction, job.id, v1::PAUSED,
                       Message("PAUSED_WHILE_WAITING", "paused while waiting"));
  }
  SetPauseRequested(transaction, job.id, true);
  return absl::OkStatus();
}

absl::Status RequestResume(Transaction& transaction, const JobRow& job, const Quotas& quotas) {
  if (job.state == v1::PAUSED) {
    RETURN_IF_ERROR(CheckRoomForJob(transaction, quotas, job.submitted_by));
    return ChangeState(transaction, job.id, v1::QUEUED, Resumed());
  }
  if (!job.pause_requested) {
    return FailedPreconditionError("JOB_NOT_PAUSED", "job {job} is not paused: it is {state}",
                                   job.name, JobStateWord(job.state));
  }
  // It is on its way to a stop; there it finds that it may go on.
  SetPauseRequested(transaction, job.id, false);
  return absl::OkStatus();
}

absl::Status RequestRetry(Transaction& transaction, const JobRow& job, const Quotas& quotas) {
  if (job.state != v1::FAILED && job.state != v1::CANCELLED) {
    return FailedPreconditionError(
        "JOB_NOT_RETRIABLE",
        "only a job that FAILED or was CANCELLED can be tried again: job {job} is {state}",
        job.name, JobStateWord(job.state));
  }
  RETURN_IF_ERROR(CheckCorporaOfJob(transaction, job.id, job.corpus_id));
  if (!job.model_sha256.empty()) {
    ASSIGN_OR_RETURN(const ModelRow model, FindModel(transaction, job.model));
    RETURN_IF_ERROR(CheckIsModelOf(job, model));
  }
  RETURN_IF_ERROR(CheckQueueLimit(transaction, job.submitted_by));
  RETURN_IF_ERROR(CheckRoomForJob(transaction, quotas, job.submitted_by));
  return ChangeState(transaction, job.id, v1::QUEUED, Message("RETRIED", "tried again"));
}

}  // namespace electra::server
