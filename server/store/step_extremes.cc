#include "server/store/step_extremes.h"

#include <SQLiteCpp/Statement.h>

#include <algorithm>

namespace electra::server {
namespace {

struct Stretch {
  bool empty = true;
  int64_t lowest_step = 0;
  int64_t highest_step = 0;
  double lowest = 0;
  double highest = 0;

  void Add(int64_t step, double loss) {
    if (empty || loss < lowest) {
      lowest = loss;
      lowest_step = step;
    }
    if (empty || loss > highest) {
      highest = loss;
      highest_step = step;
    }
    empty = false;
  }
};

struct Ends {
  int64_t first = 0;
  int64_t last = -1;  // before first: no rows
};

Ends FindEnds(Reader& reader, int64_t job_id, int64_t first, int64_t last) {
  // Two queries: a single one for both would read the whole range.
  Ends ends;
  for (const bool from_the_end : {false, true}) {
    SQLite::Statement query(reader.connection(),
                            from_the_end
                                ? "SELECT step FROM step_metrics WHERE job_id = ? AND step BETWEEN "
                                  "? AND ? ORDER BY step DESC LIMIT 1"
                                : "SELECT step FROM step_metrics WHERE job_id = ? AND step BETWEEN "
                                  "? AND ? ORDER BY step LIMIT 1");
    query.bind(1, job_id);
    query.bind(2, first);
    query.bind(3, last);
    if (!query.executeStep()) return {};
    (from_the_end ? ends.last : ends.first) = query.getColumn(0).getInt64();
  }
  return ends;
}

}  // namespace

std::optional<std::vector<int64_t>> ChooseExtremes(Reader& reader, int64_t job_id, int64_t first,
                                                   int64_t last, int max_points) {
  const Ends ends = FindEnds(reader, job_id, first, last);
  if (ends.last - ends.first < max_points) return std::nullopt;
  const int64_t span = ends.last - ends.first + 1;
  const int64_t count = (max_points - 2) / 2;
  std::vector<Stretch> stretches(static_cast<size_t>(count));

  SQLite::Statement query(reader.connection(),
                          "SELECT step, combined_loss FROM step_metrics "
                          "WHERE job_id = ? AND step BETWEEN ? AND ?");
  query.bind(1, job_id);
  query.bind(2, ends.first);
  query.bind(3, ends.last);
  int64_t rows = 0;
  while (query.executeStep()) {
    const int64_t step = query.getColumn(0).getInt64();
    // In floating point, since a product of two steps may overflow.
    const double share = static_cast<double>(step - ends.first) / static_cast<double>(span);
    const auto stretch = static_cast<int64_t>(share * static_cast<double>(count));
    stretches[static_cast<size_t>(std::min(stretch, count - 1))].Add(
        step, query.getColumn(1).getDouble());
    ++rows;
  }
  if (rows <= max_points) return std::nullopt;

  std::vector<int64_t> steps = {ends.first, ends.last};
  for (const Stretch& stretch : stretches) {
    if (!stretch.empty) steps.insert(steps.end(), {stretch.lowest_step, stretch.highest_step});
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

}  // namespace electra::server
