#include "server/corpora/idle_uploads.h"

#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "server/store/started_uploads.h"

namespace electra::server {
namespace {

// An upload is known before its file is there.
constexpr absl::Duration kUploadMayBegin = absl::Hours(1);

}  // namespace

absl::StatusOr<PartialUploads::Removed> CollectIdleUploads(Database& database,
                                                           PartialUploads& partial_uploads,
                                                           GarbageMode mode) {
  const PartialUploads::Removed removed = partial_uploads.CollectIdle(kKeepPartialUploads, mode);
  if (mode == GarbageMode::kCount) return removed;
  RETURN_IF_ERROR(database.Write(
      [&](Transaction& transaction) {
        ForgetLostUploads(transaction, partial_uploads.folder(), kUploadMayBegin);
        return absl::OkStatus();
      },
      OnFullDisk::kUseReserve));
  return removed;
}

}  // namespace electra::server
