#include "server/store/notifications.h"

#include <SQLiteCpp/Statement.h>

#include <algorithm>

#include "server/base/clock.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

// No attempt is put off for longer: one that is due later was written before the clock was set
// back.
constexpr absl::Duration kLongestPause = absl::Hours(2);

bool IsToldOf(v1::JobState state) { return IsTerminal(state) || state == v1::PAUSED; }

}  // namespace

void SetNotifyUrl(Transaction& transaction, int64_t job_id, std::string_view url) {
  SQLite::Statement update(transaction.connection(), "UPDATE jobs SET notify_url = ? WHERE id = ?");
  update.bind(1, std::string(url));
  update.bind(2, job_id);
  update.exec();
  AddRecordBytes(transaction, job_id, static_cast<int64_t>(url.size()));
}

void InsertNotifications(Transaction& transaction, int64_t job_id, v1::JobState state,
                         const Message& reason) {
  if (!IsToldOf(state)) return;
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO notifications (job_id, url, sequence, state, reason, reason_code, step, "
      "created_at, due_at) SELECT id, url, last_sequence, ?2, ?3, ?4, step, ?5, ?5 FROM jobs, "
      "(SELECT '' AS url UNION SELECT notify_url FROM jobs WHERE id = ?1) WHERE id = ?1");
  insert.bind(1, job_id);
  insert.bind(2, std::string(JobStateName(state)));
  insert.bind(3, reason.text());
  insert.bind(4, CodeJson(reason));
  insert.bind(5, NowMicros());
  insert.exec();
}

std::optional<absl::Duration> TimeToNextNotification(Reader& reader) {
  SQLite::Statement query(reader.connection(), "SELECT min(due_at) FROM notifications");
  if (!query.executeStep() || query.getColumn(0).isNull()) return std::nullopt;
  const absl::Duration left = absl::Microseconds(query.getColumn(0).getInt64() - NowMicros());
  return left > kLongestPause ? absl::ZeroDuration() : std::max(left, absl::ZeroDuration());
}

std::optional<NotificationRow> FindDueNotification(Reader& reader) {
  SQLite::Statement query(
      reader.connection(),
      "SELECT id, job_id, url, sequence, state, reason, reason_code, step, created_at, attempts "
      "FROM notifications WHERE due_at <= ?1 OR due_at > ?1 + ?2 ORDER BY due_at, id LIMIT 1");
  query.bind(1, NowMicros());
  query.bind(2, absl::ToInt64Microseconds(kLongestPause));
  if (!query.executeStep()) return std::nullopt;
  return NotificationRow{
      .id = query.getColumn(0).getInt64(),
      .job_id = query.getColumn(1).getInt64(),
      .url = query.getColumn(2).getString(),
      .sequence = query.getColumn(3).getInt64(),
      .state = ParseJobState(query.getColumn(4).getString()),
      .reason = FromCodeJson(query.getColumn(5).getString(), query.getColumn(6).getString()),
      .step = query.getColumn(7).getInt64(),
      .created_at = query.getColumn(8).getInt64(),
      .attempts = query.getColumn(9).getInt64()};
}

void BeginNotificationAttempt(Transaction& transaction, int64_t id, absl::Duration pause) {
  SQLite::Statement update(
      transaction.connection(),
      "UPDATE notifications SET attempts = attempts + 1, due_at = ?2 WHERE id = ?1");
  update.bind(1, id);
  update.bind(2, NowMicros() + absl::ToInt64Microseconds(std::min(pause, kLongestPause)));
  update.exec();
}

void DeleteNotification(Transaction& transaction, int64_t id) {
  SQLite::Statement remove(transaction.connection(), "DELETE FROM notifications WHERE id = ?");
  remove.bind(1, id);
  remove.exec();
}

void DeleteDaemonNotifications(Transaction& transaction) {
  SQLite::Statement remove(transaction.connection(), "DELETE FROM notifications WHERE url = ''");
  remove.exec();
}

}  // namespace electra::server
