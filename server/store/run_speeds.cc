#include "server/store/run_speeds.h"

#include <SQLiteCpp/Statement.h>

#include <algorithm>

namespace electra::server {

std::vector<RunSpeed> RecentRunSpeeds(Reader& reader, std::string_view device, int limit) {
  // The first steps warm caches and allocators. For a long run, the newest hundred are enough, and
  // are found by the key.
  SQLite::Statement query(
      reader.connection(),
      "SELECT name, model, model_sha256, hyperparameters, "
      "  (SELECT SUM(tokens_per_second * step_seconds) / SUM(step_seconds) FROM step_metrics "
      "   WHERE job_id = recent.id AND step > 2 AND step > recent.step - 100 AND step_seconds > 0) "
      "  AS speed, "
      "  (SELECT ranks FROM step_metrics WHERE job_id = recent.id AND step = recent.step) "
      "FROM (SELECT * FROM jobs WHERE device = ?1 AND step > 4 ORDER BY id DESC LIMIT ?2) "
      "  AS recent "
      "WHERE speed > 0");
  query.bind(1, std::string(device));
  query.bind(2, limit);
  std::vector<RunSpeed> runs;
  while (query.executeStep()) {
    runs.push_back({.job = query.getColumn(0).getString(),
                    .model = query.getColumn(1).getString(),
                    .model_sha256 = query.getColumn(2).getString(),
                    .hyperparameters = query.getColumn(3).getString(),
                    .tokens_per_second = query.getColumn(4).getDouble(),
                    .ranks = std::max<int64_t>(query.getColumn(5).getInt64(), 1)});
  }
  return runs;
}

}  // namespace electra::server
