// What a token may have at once, besides requests and streams, which the gate counts.
//
// To be asked in the transaction that adds to it: then no two calls pass the limit together.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "server/access/caller.h"

namespace electra {

// ResourceExhausted: behind the insertion of a job, which the error undoes, so that a request that
// was sent twice counts once.
absl::Status CheckQueueLimit(SQLite::Database& connection, const Caller& caller);

// ResourceExhausted: `what`, of so many bytes, does not fit beside what the caller has stored.
absl::Status CheckStoredBytes(SQLite::Database& connection, const Caller& caller,
                              const std::string& what, int64_t bytes);

}  // namespace electra
