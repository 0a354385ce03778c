#include "server/store/job_queue.h"

#include <SQLiteCpp/Statement.h>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/store/training_times.h"

namespace electra::server {
namespace {

// Follows kTrainedInLastDay: the jobs of the queue in their order.
constexpr char kQueue[] =
    "FROM jobs LEFT JOIN trained ON token = submitted_by WHERE state = 'QUEUED' "
    "ORDER BY priority DESC, coalesce(micros, 0), id";

}  // namespace

void VisitQueue(Reader& reader, const std::function<bool(const QueuedJob&)>& visit) {
  SQLite::Statement query(
      reader.connection(),
      absl::StrCat(kTrainedInLastDay, "SELECT id, priority, requested_device, requested_devices ",
                   kQueue));
  query.bind(1, NowMicros());
  while (query.executeStep()) {
    if (!visit({.id = query.getColumn(0).getInt64(),
                .priority = query.getColumn(1).getInt64(),
                .requested_device = query.getColumn(2).getString(),
                .requested_devices = query.getColumn(3).getInt64()})) {
      return;
    }
  }
}

std::map<int64_t, int> QueuePositions(Reader& reader) {
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kTrainedInLastDay, "SELECT id ", kQueue));
  query.bind(1, NowMicros());
  std::map<int64_t, int> positions;
  while (query.executeStep()) {
    const int position = static_cast<int>(positions.size()) + 1;
    positions[query.getColumn(0).getInt64()] = position;
  }
  return positions;
}

}  // namespace electra::server
