#include "server/store/job_corpora.h"

#include "core/base/status_macros.h"
#include "server/store/corpora.h"

namespace electra::server {
namespace {

constexpr char kTrain[] = "train";
constexpr char kEvaluate[] = "evaluate";

}  // namespace

void InsertJobCorpora(Transaction& transaction, int64_t job_id,
                      const std::vector<JobCorpusRow>& corpora) {
  SQLite::Statement insert(transaction.connection(),
                           "INSERT INTO job_corpora (job_id, position, purpose, corpus_id, "
                           "corpus_name, file_name, name, share) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  for (size_t i = 0; i < corpora.size(); ++i) {
    const JobCorpusRow& corpus = corpora[i];
    insert.bind(1, job_id);
    insert.bind(2, static_cast<int64_t>(i));
    insert.bind(3, corpus.purpose == JobCorpusRow::Purpose::kTrain ? kTrain : kEvaluate);
    insert.bind(4, corpus.corpus_id);
    insert.bind(5, corpus.corpus_name);
    insert.bind(6, corpus.corpus_file_name);
    insert.bind(7, corpus.name);
    insert.bind(8, corpus.share);
    insert.exec();
    insert.reset();
  }
}

JobCorpusReader::JobCorpusReader(Reader& reader)
    : query_(reader.connection(),
             "SELECT purpose, corpus_id, corpus_name, file_name, name, share FROM job_corpora "
             "WHERE job_id = ? ORDER BY position") {}

std::vector<JobCorpusRow> JobCorpusReader::Read(int64_t job_id) {
  query_.bind(1, job_id);
  std::vector<JobCorpusRow> corpora;
  while (query_.executeStep()) {
    corpora.push_back({.purpose = query_.getColumn(0).getString() == kTrain
                                      ? JobCorpusRow::Purpose::kTrain
                                      : JobCorpusRow::Purpose::kEvaluate,
                       .corpus_id = query_.getColumn(1).getInt64(),
                       .corpus_name = query_.getColumn(2).getString(),
                       .corpus_file_name = query_.getColumn(3).getString(),
                       .name = query_.getColumn(4).getString(),
                       .share = query_.getColumn(5).getDouble()});
  }
  query_.reset();
  return corpora;
}

absl::Status CheckCorporaOfJob(Reader& reader, int64_t job_id, int64_t first_corpus_id) {
  RETURN_IF_ERROR(GetCorpus(reader, first_corpus_id).status());
  for (const JobCorpusRow& corpus : JobCorpusReader(reader).Read(job_id)) {
    RETURN_IF_ERROR(GetCorpus(reader, corpus.corpus_id).status());
  }
  return absl::OkStatus();
}

}  // namespace electra::server
