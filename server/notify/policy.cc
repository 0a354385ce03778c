#include "server/notify/policy.h"

#include <algorithm>
#include <utility>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/webhook_url.h"

namespace electra::server {

absl::Status NotificationPolicy::Set(const std::string& url,
                                     const std::vector<std::string>& hosts) {
  if (!url.empty()) RETURN_IF_ERROR(WebhookOrigin(url).status());
  std::vector<std::string> allowed;
  for (const std::string& host : hosts) {
    ASSIGN_OR_RETURN(std::string origin, AllowedOrigin(host));
    allowed.push_back(std::move(origin));
  }
  absl::MutexLock lock(&mutex_);
  url_ = url;
  allowed_ = std::move(allowed);
  return absl::OkStatus();
}

std::string NotificationPolicy::url() const {
  absl::MutexLock lock(&mutex_);
  return url_;
}

absl::Status NotificationPolicy::Check(const std::string& url) const {
  ASSIGN_OR_RETURN(const std::string origin, WebhookOrigin(url));
  absl::MutexLock lock(&mutex_);
  const bool is_allowed = std::any_of(
      allowed_.begin(), allowed_.end(),
      [&origin](const std::string& allowed) { return IsAllowedOrigin(origin, allowed); });
  if (is_allowed) return absl::OkStatus();
  return PermissionDeniedError("WEBHOOK_HOST_NOT_ALLOWED",
                               "this server sends no notifications to {origin}: an admin can add "
                               "the host to its setting notify_hosts",
                               origin);
}

}  // namespace electra::server
