// Table notifications: messages to post to webhooks, and the column jobs.notify_url.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "core/base/message.h"
#include "electra/v1/training.pb.h"
#include "server/store/database.h"

namespace electra::server {

struct NotificationRow {
  int64_t id = 0;
  int64_t job_id = 0;
  std::string url;       // empty: the daemon's own
  int64_t sequence = 0;  // of the job's event
  v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
  Message reason;
  int64_t step = 0;
  int64_t created_at = 0;
  int64_t attempts = 0;  // that were begun
};

// The job has a webhook of its own.
void SetNotifyUrl(Transaction& transaction, int64_t job_id, std::string_view url);

// The job has entered `state` with its last event: adds a row for its own webhook, and one for the
// daemon's. Adds none for a state that is not reported.
void InsertNotifications(Transaction& transaction, int64_t job_id, v1::JobState state,
                         const Message& reason);

// How long until the first is due, 0 if one is due now; nothing if there is none.
std::optional<absl::Duration> TimeToNextNotification(Reader& reader);
std::optional<NotificationRow> FindDueNotification(Reader& reader);

// An attempt begins; the next is due after `pause`.
void BeginNotificationAttempt(Transaction& transaction, int64_t id, absl::Duration pause);

void DeleteNotification(Transaction& transaction, int64_t id);
// Those for the daemon's webhook.
void DeleteDaemonNotifications(Transaction& transaction);

}  // namespace electra::server
