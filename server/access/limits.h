// What a token may have at once, besides requests and streams, which the gate counts.
//
// To be asked in the transaction that adds to it: then no two calls pass the limit together.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "server/access/caller.h"
#include "server/base/data_dir.h"
#include "server/store/database.h"

namespace electra::server {

// ResourceExhausted: behind the insertion of a job, which the error undoes, so that a request that
// was sent twice counts once.
absl::Status CheckQueueLimit(Reader& reader, const Caller& caller);

// ResourceExhausted: `what`, of so many bytes, does not fit beside what the caller has stored.
absl::Status CheckStoredBytes(Reader& reader, const Caller& caller, const std::string& what,
                              int64_t bytes);

// ResourceExhausted: what the caller's jobs have on the disk, their checkpoints above all, fills
// what is left of its stored bytes. Looks at files: not for a transaction.
absl::Status CheckJobBytes(Reader& reader, const DataDir& data_dir, const Caller& caller);

}  // namespace electra::server
