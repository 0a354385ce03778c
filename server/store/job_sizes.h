// Table job_sizes: what jobs have on the disk, as far as it is known. Statements throw
// SQLite::Exception, which Database turns into a status.
//
// What is recorded of a job is counted as it is written, its folder when it is measured.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/store/database.h"

namespace electra::server {

// Roughly what SQLite has for a row besides its texts.
inline constexpr int64_t kRowBytes = 100;

// Of a job that has just been inserted; it has no folder yet.
void InsertJobSize(Transaction& transaction, int64_t job_id, std::string_view token,
                   std::string_view vocabulary_sha256, int64_t record_bytes);

// So many more (or fewer) bytes are recorded of it.
void AddRecordBytes(Transaction& transaction, int64_t job_id, int64_t bytes);
void SetVocabularyBytes(Transaction& transaction, int64_t job_id, int64_t bytes);
void SetFolderBytes(Transaction& transaction, int64_t job_id, int64_t bytes);

// What the folder has is not known any more.
void ForgetFolderBytes(Transaction& transaction, int64_t job_id);
struct UnmeasuredJob {
  int64_t id = 0;
  std::string name;
  std::string vocabulary_sha256;
};
void VisitUnmeasuredJobs(Reader& reader, const std::function<void(const UnmeasuredJob&)>& visit);

// The public id of the token that the job counts for.
std::string TokenOfJob(Reader& reader, int64_t job_id);

// Of a token's jobs: records, folders, and each vocabulary once.
int64_t CountJobBytes(Reader& reader, std::string_view token);
// Of all jobs.
int64_t CountFolderBytes(Reader& reader);

bool IsVocabularyUsed(Reader& reader, std::string_view sha256);

}  // namespace electra::server
