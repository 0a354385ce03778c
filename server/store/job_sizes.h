// Table job_sizes: the bytes of jobs on the disk, as far as they are known. Statements throw
// SQLite::Exception, which Database turns into a status.
//
// A job's records are counted as they are written, its folder when it is measured.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/store/database.h"

namespace electra::server {

// Roughly the bytes of a row in SQLite besides its texts.
inline constexpr int64_t kRowBytes = 100;

// Inserts the row of a new job, which has no folder yet.
void InsertJobSize(Transaction& transaction, int64_t job_id, std::string_view token,
                   std::string_view vocabulary_sha256, int64_t record_bytes);

// Adds (or subtracts) bytes of its records.
void AddRecordBytes(Transaction& transaction, int64_t job_id, int64_t bytes);
void SetVocabularyBytes(Transaction& transaction, int64_t job_id, int64_t bytes);
void SetFolderBytes(Transaction& transaction, int64_t job_id, int64_t bytes);

// The folder's size is not known any more.
void ForgetFolderBytes(Transaction& transaction, int64_t job_id);
struct UnmeasuredJob {
  int64_t id = 0;
  std::string name;
  std::string vocabulary_sha256;
};
void VisitUnmeasuredJobs(Reader& reader, const std::function<void(const UnmeasuredJob&)>& visit);

// The public id of the token that the job counts for.
std::string TokenOfJob(Reader& reader, int64_t job_id);

// The bytes of a token's jobs: records, folders, and each vocabulary once.
int64_t CountJobBytes(Reader& reader, std::string_view token);
// The folder bytes of all jobs.
int64_t CountFolderBytes(Reader& reader);

bool IsVocabularyUsed(Reader& reader, std::string_view sha256);

}  // namespace electra::server
