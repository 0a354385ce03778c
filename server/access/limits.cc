#include "server/access/limits.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "server/base/errors.h"
#include "server/store/jobs.h"
#include "server/store/tokens.h"

namespace electra::server {

absl::Status CheckQueueLimit(Reader& reader, const Caller& caller) {
  const int64_t most = caller.limits.queued_jobs;
  if (caller.token.empty() || CountQueuedJobs(reader, caller.token) <= most) {
    return absl::OkStatus();
  }
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "token ", caller.token, " may have ", most,
                        " jobs in the queue: wait until one has started, or cancel one")),
                    "QUEUE_LIMIT", {{"limit", absl::StrCat(most)}});
}

absl::Status CheckStoredBytes(Reader& reader, const Caller& caller, const std::string& what,
                              int64_t bytes) {
  const int64_t most = caller.limits.stored_bytes;
  if (caller.token.empty()) return absl::OkStatus();
  const int64_t stored = CountStoredBytes(reader, caller.token);
  if (stored <= most && bytes <= most - stored) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          what, " has ", bytes, " bytes, but token ", caller.token, " has stored ", stored,
          " of its ", most, ": delete corpora or models that are not needed any more")),
      "STORAGE_LIMIT", {{"limit", absl::StrCat(most)}, {"stored", absl::StrCat(stored)}});
}

absl::Status CheckJobBytes(Reader& reader, const DataDir& data_dir, const Caller& caller) {
  const int64_t most = caller.limits.stored_bytes;
  if (caller.token.empty() || most == kNoLimit) return absl::OkStatus();
  const int64_t stored = CountStoredBytes(reader, caller.token);
  int64_t of_jobs = 0;
  std::set<std::string> vocabularies;
  for (const JobRow& job : ListJobsOf(reader, caller.token)) {
    of_jobs += FolderBytes(data_dir.job(job.name));
    if (vocabularies.insert(job.vocabulary_sha256).second && !job.vocabulary_sha256.empty()) {
      of_jobs += FolderBytes(data_dir.vocabulary(job.vocabulary_sha256));
    }
  }
  if (of_jobs < most - stored) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "the jobs of token ", caller.token, " have ", of_jobs,
          " bytes of checkpoints, its uploads ", stored, ", of ", most,
          " that it may store: `electra gc`, or delete corpora and models that are not needed any "
          "more")),
      "STORAGE_LIMIT", {{"limit", absl::StrCat(most)}, {"stored", absl::StrCat(stored + of_jobs)}});
}

}  // namespace electra::server
