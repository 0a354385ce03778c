#include "server/jobs/storage.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/access/limits.h"
#include "server/store/job_sizes.h"
#include "server/store/token_rights.h"

namespace electra::server {
namespace {

// What the quota of checkpoints leaves, besides what all jobs have.
int64_t QuotaLeft(Reader& reader, const Quotas& quotas) {
  const int64_t quota = quotas.checkpoints.load();
  return quota <= 0 ? kNoLimit : quota - CountFolderBytes(reader);
}

absl::Status QuotaExhausted(const Quotas& quotas, int64_t left) {
  const int64_t quota = quotas.checkpoints.load();
  return ResourceExhaustedError("CHECKPOINTS_QUOTA",
                                "the jobs' checkpoints have {bytes} bytes of at most {limit}: "
                                "`electra server gc` makes room",
                                quota - left, quota);
}

}  // namespace

absl::Status CheckRoomForJob(Reader& reader, const Quotas& quotas, std::string_view token) {
  RETURN_IF_ERROR(CheckStorage(reader, token));
  const int64_t left = QuotaLeft(reader, quotas);
  return left > 0 ? absl::OkStatus() : QuotaExhausted(quotas, left);
}

absl::StatusOr<size_t> TakeCheckpointRoom(Transaction& transaction, const Quotas& quotas,
                                          int64_t job_id, int64_t needed,
                                          std::span<const int64_t> older) {
  SetFolderBytes(transaction, job_id, 0);
  const std::string token = TokenOfJob(transaction, job_id);
  RETURN_IF_ERROR(CheckStoredBytes(
      transaction, token, Message("NEXT_CHECKPOINT", "the job's next checkpoint"), needed));
  const int64_t quota_left = QuotaLeft(transaction, quotas);
  if (needed > quota_left) return QuotaExhausted(quotas, quota_left);
  const int64_t room = std::min(StoredBytesLeft(transaction, token), quota_left);
  int64_t taken = needed;
  size_t stay = 0;
  while (stay < older.size() && older[stay] <= room - taken) taken += older[stay++];
  SetFolderBytes(transaction, job_id, taken);
  return stay;
}

void MeasureJobs(Transaction& transaction, const DataDir& data_dir) {
  std::vector<UnmeasuredJob> jobs;
  VisitUnmeasuredJobs(transaction, [&](const UnmeasuredJob& job) { jobs.push_back(job); });
  for (const UnmeasuredJob& job : jobs) {
    SetFolderBytes(transaction, job.id, FolderBytes(data_dir.job(job.name)));
    if (job.vocabulary_sha256.empty()) continue;
    SetVocabularyBytes(transaction, job.id,
                       FolderBytes(data_dir.vocabulary(job.vocabulary_sha256)));
  }
}

}  // namespace electra::server
