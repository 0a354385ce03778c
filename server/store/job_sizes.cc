#include "server/store/job_sizes.h"

#include <SQLiteCpp/Statement.h>

#include "absl/strings/str_cat.h"

namespace electra::server {
namespace {

void SetSize(Transaction& transaction, int64_t job_id, const char* assignment, int64_t bytes) {
  SQLite::Statement update(transaction.connection(),
                           absl::StrCat("UPDATE job_sizes SET ", assignment, " WHERE job_id = ?2"));
  update.bind(1, bytes);
  update.bind(2, job_id);
  update.exec();
}

}  // namespace

void InsertJobSize(Transaction& transaction, int64_t job_id, std::string_view token,
                   std::string_view vocabulary_sha256, int64_t record_bytes) {
  SQLite::Statement insert(transaction.connection(),
                           "INSERT INTO job_sizes (job_id, token, record_bytes, folder_bytes, "
                           "vocabulary_sha256, vocabulary_bytes) VALUES (?, ?, ?, 0, ?, 0)");
  insert.bind(1, job_id);
  insert.bind(2, std::string(token));
  insert.bind(3, record_bytes);
  insert.bind(4, std::string(vocabulary_sha256));
  insert.exec();
}

void AddRecordBytes(Transaction& transaction, int64_t job_id, int64_t bytes) {
  SetSize(transaction, job_id, "record_bytes = record_bytes + ?1", bytes);
}

void SetVocabularyBytes(Transaction& transaction, int64_t job_id, int64_t bytes) {
  SetSize(transaction, job_id, "vocabulary_bytes = ?1", bytes);
}

void SetFolderBytes(Transaction& transaction, int64_t job_id, int64_t bytes) {
  SetSize(transaction, job_id, "folder_bytes = ?1", bytes);
}

void ForgetFolderBytes(Transaction& transaction, int64_t job_id) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE job_sizes SET folder_bytes = NULL WHERE job_id = ?");
  update.bind(1, job_id);
  update.exec();
}

void VisitUnmeasuredJobs(Reader& reader, const std::function<void(const UnmeasuredJob&)>& visit) {
  SQLite::Statement query(reader.connection(),
                          "SELECT jobs.id, jobs.name, job_sizes.vocabulary_sha256 FROM job_sizes "
                          "JOIN jobs ON jobs.id = job_id WHERE folder_bytes IS NULL");
  while (query.executeStep()) {
    visit({.id = query.getColumn(0).getInt64(),
           .name = query.getColumn(1).getString(),
           .vocabulary_sha256 = query.getColumn(2).getString()});
  }
}

std::string TokenOfJob(Reader& reader, int64_t job_id) {
  SQLite::Statement query(reader.connection(), "SELECT token FROM job_sizes WHERE job_id = ?");
  query.bind(1, job_id);
  return query.executeStep() ? query.getColumn(0).getString() : "";
}

int64_t CountJobBytes(Reader& reader, std::string_view token) {
  SQLite::Statement query(
      reader.connection(),
      "SELECT (SELECT coalesce(sum(record_bytes + coalesce(folder_bytes, 0)), 0) FROM job_sizes "
      "WHERE token = ?1) + (SELECT coalesce(sum(bytes), 0) FROM (SELECT max(vocabulary_bytes) AS "
      "bytes FROM job_sizes WHERE token = ?1 GROUP BY vocabulary_sha256))");
  query.bind(1, std::string(token));
  query.executeStep();
  return query.getColumn(0).getInt64();
}

int64_t CountFolderBytes(Reader& reader) {
  return reader.connection()
      .execAndGet("SELECT coalesce(sum(folder_bytes), 0) FROM job_sizes")
      .getInt64();
}

bool IsVocabularyUsed(Reader& reader, std::string_view sha256) {
  SQLite::Statement query(reader.connection(),
                          "SELECT 1 FROM job_sizes WHERE vocabulary_sha256 = ? LIMIT 1");
  query.bind(1, std::string(sha256));
  return query.executeStep();
}

}  // namespace electra::server
