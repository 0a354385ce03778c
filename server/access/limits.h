// What a token may have at once, besides requests and streams, which the gate counts.
//
// `token` is the public id of whose it is, whoever asks; empty, where the daemon demands none, has no
// limits. To be asked in the transaction that adds to it: then no two calls pass the limit together.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "core/base/message.h"
#include "server/store/database.h"
#include "server/store/quotas.h"

namespace electra::server {

// ResourceExhausted: no further job of the token fits into the queue.
absl::Status CheckQueueLimit(Reader& reader, std::string_view token);

// ResourceExhausted: so many jobs of the token have ended that no further one is taken.
absl::Status CheckEndedJobs(Reader& reader, const Quotas& quotas, std::string_view token);

// ResourceExhausted: `what`, of so many bytes, does not fit beside what the token has stored.
absl::Status CheckStoredBytes(Reader& reader, std::string_view token, const MessageValue& what,
                              int64_t bytes);

// ResourceExhausted: the token has stored all that it may.
absl::Status CheckStorage(Reader& reader, std::string_view token);

// Bytes that the token may store beside what it has; negative where that is too much already.
int64_t StoredBytesLeft(Reader& reader, std::string_view token);

}  // namespace electra::server
