// Table job_corpora: the corpora that a job reads besides its first. Functions on a reader or
// transaction that the caller holds; statements throw SQLite::Exception, which Database turns into
// a status.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/store/database.h"

namespace electra::server {

struct JobCorpusRow {
  enum class Purpose { kTrain, kEvaluate };
  Purpose purpose = Purpose::kTrain;
  int64_t corpus_id = 0;  // 0: deleted since
  std::string corpus_name;
  std::string corpus_file_name;
  std::string name;  // of an evaluation corpus
  double share = 0;  // of the training text; 0: as much as it holds
};

void InsertJobCorpora(Transaction& transaction, int64_t job_id,
                      const std::vector<JobCorpusRow>& corpora);

// Reads the corpora of many jobs with a statement that is prepared once. Not thread-safe; the
// reader must outlive it.
class JobCorpusReader {
 public:
  explicit JobCorpusReader(Reader& reader);
  // In the job's order.
  std::vector<JobCorpusRow> Read(int64_t job_id);

 private:
  SQLite::Statement query_;
};

// NotFound where one of the job's corpora was deleted, its first among them.
absl::Status CheckCorporaOfJob(Reader& reader, int64_t job_id, int64_t first_corpus_id);

}  // namespace electra::server
