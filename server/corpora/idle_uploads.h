// Removes the remains of interrupted uploads that nobody continues: at a start, now and then, and
// by `electra server gc`. A free function; thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "server/corpora/partial_uploads.h"
#include "server/store/database.h"

namespace electra::server {

// Removes (or only counts) uploads that nobody has written to for kKeepPartialUploads. Removed
// bytes no longer count for a token.
absl::StatusOr<PartialUploads::Removed> CollectIdleUploads(Database& database,
                                                           PartialUploads& partial_uploads,
                                                           GarbageMode mode);

}  // namespace electra::server
