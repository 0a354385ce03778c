#include "server/store/job_tags.h"

namespace electra::server {

JobTagReader::JobTagReader(Reader& reader)
    : query_(reader.connection(), "SELECT key, value FROM job_tags WHERE job_id = ?") {}

JobTags JobTagReader::Read(int64_t job_id) {
  query_.bind(1, job_id);
  JobTags tags;
  while (query_.executeStep()) {
    tags.emplace(query_.getColumn(0).getString(), query_.getColumn(1).getString());
  }
  query_.reset();
  return tags;
}

JobTags ReadJobTags(Reader& reader, int64_t job_id) { return JobTagReader(reader).Read(job_id); }

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

}  // namespace electra::server
