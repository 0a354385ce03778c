#include "server/store/job_list.h"

#include <SQLiteCpp/Statement.h>

#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/resource_names.h"

namespace electra::server {
namespace {

// Whether a job comes after query.after: later in the first term, or equal in that and later in the
// following ones.
SqlCondition IsAfter(const JobQuery& query) {
  SqlCondition condition;
  if (query.after.empty()) return condition;
  for (size_t i = 0; i < query.order.size(); ++i) {
    const JobOrder& term = query.order[i];
    const SqlValue& value = query.after[i];
    if (std::holds_alternative<std::monostate>(value)) {  // last in this term
      absl::StrAppend(&condition.sql, "(", term.sql, " IS NULL AND ");
      continue;
    }
    const bool descending = term.direction == JobOrder::Direction::kDescending;
    absl::StrAppend(&condition.sql, "(", term.sql, descending ? " < ?" : " > ?", " OR ", term.sql,
                    " IS NULL OR ", term.sql, " = ? AND ");
    condition.values.insert(condition.values.end(), {value, value});
  }
  absl::StrAppend(&condition.sql, "id < ?", std::string(query.order.size(), ')'));
  condition.values.push_back(query.after.back());
  return condition;
}

}  // namespace

absl::StatusOr<std::vector<ListedJob>> ListJobs(Reader& reader, const JobQuery& query) {
  if (!query.after.empty() && query.after.size() != query.order.size() + 1) {
    return UnknownPageToken();
  }
  // Only the ids, so that SQLite sorts short rows.
  std::string sql = "SELECT id";
  std::string order;
  for (const JobOrder& term : query.order) {
    absl::StrAppend(&sql, ", ", term.sql);
    absl::StrAppend(&order, term.sql, " IS NULL, ", term.sql,
                    term.direction == JobOrder::Direction::kDescending ? " DESC, " : ", ");
  }
  const SqlCondition after = IsAfter(query);
  absl::StrAppend(&sql, " FROM jobs LEFT JOIN job_texts ON job_texts.job_id = jobs.id WHERE ",
                  query.where.sql.empty() ? "1" : query.where.sql, after.sql.empty() ? "" : " AND ",
                  after.sql, " ORDER BY ", order, "id DESC LIMIT ", query.limit);
  SQLite::Statement select(reader.connection(), sql);
  BindAll(select, BindAll(select, 1, query.where.values), after.values);
  std::vector<ListedJob> jobs;
  while (select.executeStep()) {
    ListedJob& job = jobs.emplace_back();
    for (int i = 1; i < select.getColumnCount(); ++i) {
      job.position.push_back(ReadValue(select.getColumn(i)));
    }
    job.id = select.getColumn(0).getInt64();
    job.position.emplace_back(job.id);
  }
  return jobs;
}

}  // namespace electra::server
