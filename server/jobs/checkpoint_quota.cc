#include "server/jobs/checkpoint_quota.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/access/limits.h"

namespace electra::server {

absl::Status CheckCheckpointQuota(const JobContext& context, const Caller& caller) {
  RETURN_IF_ERROR(context.database.Read(
      [&](Reader& reader) { return CheckJobBytes(reader, context.data_dir, caller); }));
  const int64_t quota = context.quotas.checkpoints.load();
  if (quota <= 0) return absl::OkStatus();
  const int64_t used = FolderBytes(context.data_dir.job(""));
  if (used < quota) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("the jobs' checkpoints have ", used,
                                                   " bytes of at most ", quota,
                                                   ": `electra gc` makes room"));
}

}  // namespace electra::server
