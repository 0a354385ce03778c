#include "server/access/limits.h"

#include "server/store/tokens.h"

namespace electra::server {
namespace {

// `need`: the beginning of the sentence that says what does not fit; may be empty.
absl::Status StorageLimit(Reader& reader, std::string_view token, int64_t left,
                          const Message& need) {
  const int64_t most = ReadLimits(reader, token).stored_bytes;
  return ResourceExhaustedError("STORAGE_LIMIT",
                                "{need}token {token} has stored {stored} of its {limit}: delete "
                                "corpora, models or jobs that you no longer need",
                                need, token, most - left, most);
}

}  // namespace

absl::Status CheckQueueLimit(Reader& reader, std::string_view token) {
  const int64_t most = ReadLimits(reader, token).queued_jobs;
  if (CountQueuedJobs(reader, token) < most) return absl::OkStatus();
  return ResourceExhaustedError("QUEUE_LIMIT",
                                "token {token} may have {limit} jobs in the queue: wait until one "
                                "has started, or cancel one",
                                token, most);
}

absl::Status CheckEndedJobs(Reader& reader, const Quotas& quotas, std::string_view token) {
  const int64_t most = quotas.ended_jobs.load();
  if (most <= 0) return absl::OkStatus();
  const int64_t ended = CountEndedJobs(reader, token);
  if (ended < most) return absl::OkStatus();
  return ResourceExhaustedError("ENDED_JOBS_LIMIT",
                                "{jobs} ended jobs are kept, of at most {limit} (ended_jobs): "
                                "`electra job delete` removes the ones no longer needed",
                                ended, most);
}

absl::Status CheckStoredBytes(Reader& reader, std::string_view token, const MessageValue& what,
                              int64_t bytes) {
  const int64_t left = StoredBytesLeft(reader, token);
  if (left >= 0 && bytes <= left) return absl::OkStatus();
  return StorageLimit(
      reader, token, left,
      Message("NEEDS_STORAGE", "{what} has {bytes} bytes, but ", what.message(), bytes));
}

absl::Status CheckStorage(Reader& reader, std::string_view token) {
  const int64_t left = StoredBytesLeft(reader, token);
  if (left > 0) return absl::OkStatus();
  return StorageLimit(reader, token, left, Message());
}

int64_t StoredBytesLeft(Reader& reader, std::string_view token) {
  const int64_t most = ReadLimits(reader, token).stored_bytes;
  return most == kNoLimit ? kNoLimit : most - CountStoredBytes(reader, token);
}

}  // namespace electra::server
