#include "server/store/job_tags.h"

#include <SQLiteCpp/Statement.h>

namespace electra {

JobTags ReadJobTags(SQLite::Database& connection, int64_t job_id) {
  SQLite::Statement query(connection, "SELECT key, value FROM job_tags WHERE job_id = ?");
  query.bind(1, job_id);
  JobTags tags;
  while (query.executeStep()) {
    tags.emplace(query.getColumn(0).getString(), query.getColumn(1).getString());
  }
  return tags;
}

void ReplaceJobTags(Transaction& transaction, int64_t job_id, const JobTags& tags) {
  SQLite::Statement remove(transaction.connection(), "DELETE FROM job_tags WHERE job_id = ?");
  remove.bind(1, job_id);
  remove.exec();
  SQLite::Statement insert(transaction.connection(),
                           "INSERT INTO job_tags (job_id, key, value) VALUES (?, ?, ?)");
  for (const auto& [key, value] : tags) {
    insert.bind(1, job_id);
    insert.bind(2, key);
    insert.bind(3, value);
    insert.exec();
    insert.reset();
  }
}

}  // namespace electra
