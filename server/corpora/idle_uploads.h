// What uploads that broke off have left, once nobody goes on with it: at a start, now and then, and by
// `electra server gc`. A free function; thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "server/corpora/partial_uploads.h"
#include "server/store/database.h"

namespace electra::server {

// Removes (or only counts) what nobody has written to for kKeepPartialUploads. What is removed counts
// for no token any more.
absl::StatusOr<PartialUploads::Removed> CollectIdleUploads(Database& database,
                                                           PartialUploads& partial_uploads,
                                                           GarbageMode mode);

}  // namespace electra::server
