#include "server/store/training_times.h"

#include <SQLiteCpp/Statement.h>

#include <string>

#include "server/base/clock.h"

namespace electra::server {
namespace {

constexpr int64_t kDayMicros = int64_t{24} * 60 * 60 * 1000 * 1000;

}  // namespace

void BeginTrainingTime(Transaction& transaction, int64_t job_id, std::string_view token,
                       int64_t devices) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO training_times (job_id, token, devices, began_at) VALUES (?, ?, ?, ?)");
  insert.bind(1, job_id);
  insert.bind(2, std::string(token));
  insert.bind(3, devices);
  insert.bind(4, NowMicros());
  insert.exec();
}

void EndTrainingTime(Transaction& transaction, int64_t job_id) {
  const int64_t now = NowMicros();
  SQLite::Statement end(
      transaction.connection(),
      "UPDATE training_times SET ended_at = ? WHERE ended_at IS NULL AND job_id = ?");
  end.bind(1, now);
  end.bind(2, job_id);
  end.exec();
  SQLite::Statement forget(transaction.connection(),
                           "DELETE FROM training_times WHERE ended_at <= ?");
  forget.bind(1, now - kDayMicros);
  forget.exec();
}

void EndLostTrainingTime(Transaction& transaction, int64_t job_id) {
  SQLite::Statement end(
      transaction.connection(),
      "UPDATE training_times SET ended_at = coalesce((SELECT time FROM events WHERE job_id = ?1 "
      "ORDER BY sequence DESC LIMIT 1), began_at) WHERE ended_at IS NULL AND job_id = ?1");
  end.bind(1, job_id);
  end.exec();
}

}  // namespace electra::server
