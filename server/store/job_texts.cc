#include "server/store/job_texts.h"

#include <SQLiteCpp/Statement.h>

namespace electra::server {

void UpdateJobText(Transaction& transaction, int64_t job_id) {
  SQLite::Statement upsert(
      transaction.connection(),
      "INSERT INTO job_texts (job_id, text) "
      "SELECT id, lower(display_name || char(10) || note || char(10) || model || char(10) || "
      "corpus_file_name || coalesce((SELECT char(10) || group_concat(value, char(10)) "
      "FROM job_tags WHERE job_id = jobs.id), '')) FROM jobs WHERE id = ? "
      "ON CONFLICT (job_id) DO UPDATE SET text = excluded.text");
  upsert.bind(1, job_id);
  upsert.exec();
}

}  // namespace electra::server
