// Lists of jobs as users ask for them: filtered, ordered and page by page.
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/database.h"
#include "server/store/sql.h"

namespace electra::server {

// One term of an order. Jobs without a value come last in either direction.
struct JobOrder {
  enum class Direction { kAscending, kDescending };
  std::string sql;  // over table jobs
  Direction direction = Direction::kAscending;
};

struct JobQuery {
  SqlCondition where;
  std::vector<JobOrder> order;  // equal ones, and all without an order: newest first
  std::vector<SqlValue> after;  // the position of the job before the first; empty: the beginning
  int limit = 0;
};

struct ListedJob {
  int64_t id = 0;
  std::vector<SqlValue> position;  // in the query's order: its terms' values, then the id
};

// InvalidArgument: `after` is not a position in this order.
absl::StatusOr<std::vector<ListedJob>> ListJobs(Reader& reader, const JobQuery& query);

}  // namespace electra::server
