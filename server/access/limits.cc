#include "server/access/limits.h"

#include "absl/strings/str_cat.h"
#include "server/store/tokens.h"
#include "server/to_grpc_status.h"

namespace electra {

absl::Status CheckQueueLimit(SQLite::Database& connection, const Caller& caller) {
  const int64_t most = caller.limits.queued_jobs;
  if (caller.token.empty() || CountQueuedJobs(connection, caller.token) <= most) {
    return absl::OkStatus();
  }
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "token ", caller.token, " may have ", most,
                        " jobs in the queue: wait until one has started, or cancel one")),
                    "QUEUE_LIMIT", {{"limit", absl::StrCat(most)}});
}

absl::Status CheckStoredBytes(SQLite::Database& connection, const Caller& caller,
                              const std::string& what, int64_t bytes) {
  const int64_t most = caller.limits.stored_bytes;
  if (caller.token.empty()) return absl::OkStatus();
  const int64_t stored = CountStoredBytes(connection, caller.token);
  if (stored <= most && bytes <= most - stored) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          what, " has ", bytes, " bytes, but token ", caller.token, " has stored ", stored,
          " of its ", most, ": delete corpora or models that are not needed any more")),
      "STORAGE_LIMIT", {{"limit", absl::StrCat(most)}, {"stored", absl::StrCat(stored)}});
}

}  // namespace electra
