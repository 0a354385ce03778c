#include "server/access/limits.h"

#include "absl/strings/str_cat.h"
#include "server/base/errors.h"
#include "server/store/tokens.h"

namespace electra::server {

absl::Status CheckQueueLimit(Reader& reader, std::string_view token) {
  const int64_t most = ReadLimits(reader, token).queued_jobs;
  if (CountQueuedJobs(reader, token) < most) return absl::OkStatus();
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "token ", std::string(token), " may have ", most,
                        " jobs in the queue: wait until one has started, or cancel one")),
                    "QUEUE_LIMIT", {{"limit", absl::StrCat(most)}});
}

absl::Status CheckEndedJobs(Reader& reader, const Quotas& quotas, std::string_view token) {
  const int64_t most = quotas.ended_jobs.load();
  if (most <= 0) return absl::OkStatus();
  const int64_t ended = CountEndedJobs(reader, token);
  if (ended < most) return absl::OkStatus();
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        ended, " ended jobs are kept, of at most ", most,
                        " (ended_jobs): `electra job delete` removes the ones no longer needed")),
                    "ENDED_JOBS_LIMIT", {{"limit", absl::StrCat(most)}});
}

absl::Status CheckStoredBytes(Reader& reader, std::string_view token, const std::string& what,
                              int64_t bytes) {
  const int64_t most = ReadLimits(reader, token).stored_bytes;
  const int64_t left = StoredBytesLeft(reader, token);
  if (left >= 0 && bytes <= left) return absl::OkStatus();
  const int64_t stored = most - left;
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          what, " has ", bytes, " bytes, but token ", std::string(token), " has stored ", stored,
          " of its ", most, ": delete corpora, models or jobs that you no longer need")),
      "STORAGE_LIMIT", {{"limit", absl::StrCat(most)}, {"stored", absl::StrCat(stored)}});
}

absl::Status CheckStorage(Reader& reader, std::string_view token) {
  const int64_t left = StoredBytesLeft(reader, token);
  if (left > 0) return absl::OkStatus();
  const int64_t most = ReadLimits(reader, token).stored_bytes;
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "token ", std::string(token), " has stored ", most - left, " of its ", most,
                        ": delete corpora, models or jobs that you no longer need")),
                    "STORAGE_LIMIT",
                    {{"limit", absl::StrCat(most)}, {"stored", absl::StrCat(most - left)}});
}

int64_t StoredBytesLeft(Reader& reader, std::string_view token) {
  const int64_t most = ReadLimits(reader, token).stored_bytes;
  return most == kNoLimit ? kNoLimit : most - CountStoredBytes(reader, token);
}

}  // namespace electra::server
