// Where the daemon may post: its own webhook, and the hosts that users may name.
//
// Thread-safe; the settings change when the daemon reads its file again.
#pragma once

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace electra::server {

class NotificationPolicy {
 public:
  // `url`: the daemon's own, which gets messages about every job; empty: none. `hosts`: as
  // described in server/base/webhook_url.h. InvalidArgument: one of them; then nothing changes.
  absl::Status Set(const std::string& url, const std::vector<std::string>& hosts)
      ABSL_LOCKS_EXCLUDED(mutex_);

  std::string url() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether a user may name `url`. InvalidArgument: not a webhook. PermissionDenied: not a host of
  // the list.
  absl::Status Check(const std::string& url) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  std::string url_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> allowed_ ABSL_GUARDED_BY(mutex_);  // origins
};

}  // namespace electra::server
