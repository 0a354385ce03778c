// Limits on a token's resources, besides requests and streams, which the gate counts.
//
// `token` is the owner's public id, whoever asks; an empty one, where the daemon needs none, has no
// limits. Call these in the transaction that adds something: then no two calls pass the limit
// together.
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

// ResourceExhausted: too many of the token's jobs have ended to accept another one.
absl::Status CheckEndedJobs(Reader& reader, const Quotas& quotas, std::string_view token);

// ResourceExhausted: `what`, of that many bytes, does not fit in the token's remaining storage.
absl::Status CheckStoredBytes(Reader& reader, std::string_view token, const MessageValue& what,
                              int64_t bytes);

// ResourceExhausted: the token has stored all that it may.
absl::Status CheckStorage(Reader& reader, std::string_view token);

// Bytes that the token may still store; negative where it has too many already.
int64_t StoredBytesLeft(Reader& reader, std::string_view token);

}  // namespace electra::server
