#include "server/jobs/notifier.h"

#include <pthread.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/base/log.h"
#include "server/base/webhook_url.h"
#include "server/jobs/notification.h"
#include "server/jobs/view.h"
#include "server/notify/post.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"

namespace electra::server {
namespace {

constexpr int64_t kMostAttempts = 12;  // within 40 minutes

constexpr absl::Duration kLongestSleep = absl::Hours(1);

// How soon the table is looked at again where it could not be read or written.
constexpr absl::Duration kRetryAfter = absl::Seconds(5);

// After the `attempt`th, from 1.
absl::Duration PauseAfter(int64_t attempt) {
  return absl::Seconds(int64_t{1} << std::min<int64_t>(attempt - 1, kMostAttempts));
}

// The secret part of a webhook's URL is left out of the log.
std::string HostOf(const std::string& url) {
  const absl::StatusOr<std::string> origin = WebhookOrigin(url);
  return origin.ok() ? *origin : "";
}

}  // namespace

Notifier::~Notifier() { Shutdown(); }

void Notifier::Start() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "notify");
}

void Notifier::Shutdown() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void Notifier::Wake() {
  {
    absl::MutexLock lock(&mutex_);
    ++wakes_;
  }
  changed_.NotifyAll();
}

void Notifier::Run() {
  while (true) {
    int64_t wakes_before = 0;
    {
      absl::MutexLock lock(&mutex_);
      if (is_stopping_) return;
      wakes_before = wakes_;
    }
    const absl::StatusOr<absl::Duration> pause = Work();
    if (!pause.ok()) {
      Log(LogLevel::kError, "notifications_unreadable",
          {{"error", std::string(pause.status().message())}});
    }
    absl::MutexLock lock(&mutex_);
    changed_.AwaitFor(mutex_, pause.ok() ? std::min(*pause, kLongestSleep) : kRetryAfter,
                      [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                        return is_stopping_ || (pause.ok() && wakes_ != wakes_before);
                      });
  }
}

absl::StatusOr<absl::Duration> Notifier::Work() {
  using Pause = std::optional<absl::Duration>;
  ASSIGN_OR_RETURN(const Pause until_next, database_.Read<Pause>([](Reader& reader) {
    return TimeToNextNotification(reader);
  }));
  if (!until_next) return absl::InfiniteDuration();
  if (*until_next > absl::ZeroDuration()) return *until_next;
  // Before it is made, so that an attempt that ends the daemon is not made for ever.
  std::optional<NotificationRow> row;
  RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) {
    if (policy_.url().empty()) DeleteDaemonNotifications(transaction);
    row = FindDueNotification(transaction);
    if (row) BeginNotificationAttempt(transaction, row->id, PauseAfter(++row->attempts));
    return absl::OkStatus();
  }));
  if (row) RETURN_IF_ERROR(Tell(*row));
  return absl::ZeroDuration();
}

absl::Status Notifier::Tell(const NotificationRow& row) {
  ASSIGN_OR_RETURN(const JobView job,
                   database_.Read<JobView>([&row](Reader& reader) -> absl::StatusOr<JobView> {
                     ASSIGN_OR_RETURN(JobRow found, GetJob(reader, row.job_id));
                     return ViewJob(reader, std::move(found));
                   }));
  const std::string url = row.url.empty() ? policy_.url() : row.url;
  const std::string host = HostOf(url);
  const LogScope scope({{"job", job.row.name}, {"host", host}});
  const std::string state(JobStateName(row.state));
  // The list may have changed since the job was submitted.
  if (const absl::Status allowed = row.url.empty() ? absl::OkStatus() : policy_.Check(url);
      !allowed.ok()) {
    Log(LogLevel::kWarning, "notification_dropped",
        {{"state", state}, {"reason", std::string(allowed.message())}});
    return Forget(row);
  }
  const PostAnswer answer = PostJson(url, NotificationJson(row, job), is_stopping_);
  if (answer.is_accepted()) {
    Log(LogLevel::kInfo, "notification_sent", {{"state", state}});
    return Forget(row);
  }
  if (is_stopping_) return absl::OkStatus();
  const bool is_last = !answer.is_worth_a_retry() || row.attempts >= kMostAttempts;
  Log(is_last ? LogLevel::kError : LogLevel::kWarning, "notification_failed",
      {{"state", state},
       {"error", answer.status == 0 ? answer.error : absl::StrCat("HTTP status ", answer.status)},
       {"attempt", absl::StrCat(row.attempts)},
       {"next", is_last ? "none" : absl::FormatDuration(PauseAfter(row.attempts))}});
  return is_last ? Forget(row) : absl::OkStatus();
}

absl::Status Notifier::Forget(const NotificationRow& row) {
  return database_.Write([&row](Transaction& transaction) {
    DeleteNotification(transaction, row.id);
    return absl::OkStatus();
  });
}

}  // namespace electra::server
