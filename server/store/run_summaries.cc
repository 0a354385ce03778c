#include "server/store/run_summaries.h"

#include "absl/strings/str_cat.h"
#include "server/store/history_rows.h"

namespace electra::server {
namespace {

template <typename Read>
auto ReadFirst(SQLite::Statement& query, int64_t job_id, Read read) {
  query.bind(1, job_id);
  std::optional<decltype(read(query))> row;
  if (query.executeStep()) row = read(query);
  query.reset();
  return row;
}

// The first of a job's evaluations in this order.
SQLite::Statement EvaluationInOrder(Reader& reader, const char* order) {
  return {reader.connection(),
          absl::StrCat(kEvaluationColumns, "WHERE job_id = ? ORDER BY ", order, " LIMIT 1")};
}

}  // namespace

std::optional<v1::Evaluation> FirstEvaluation(Reader& reader, int64_t job_id) {
  SQLite::Statement query = EvaluationInOrder(reader, "step");
  std::optional<v1::Evaluation> evaluation = ReadFirst(query, job_id, ReadEvaluation);
  SQLite::Statement corpora(reader.connection(), kCorpusEvaluationColumns);
  if (evaluation) AddCorpusEvaluations(corpora, job_id, &*evaluation);
  return evaluation;
}

RunSummaries::RunSummaries(Reader& reader)
    : last_step_(reader.connection(),
                 absl::StrCat(kStepColumns, "WHERE job_id = ? ORDER BY step DESC LIMIT 1")),
      first_evaluation_(EvaluationInOrder(reader, "step")),
      last_evaluation_(EvaluationInOrder(reader, "step DESC")),
      best_evaluation_(reader.connection(),
                       absl::StrCat(kEvaluationColumns,
                                    "WHERE job_id = ?1 AND step = (SELECT best_evaluation_step "
                                    "FROM jobs WHERE id = ?1)")),
      corpus_evaluations_(reader.connection(), kCorpusEvaluationColumns) {}

RunSummary RunSummaries::Read(int64_t job_id) {
  RunSummary summary{.last_step = ReadFirst(last_step_, job_id, ReadStep),
                     .first_evaluation = ReadFirst(first_evaluation_, job_id, ReadEvaluation),
                     .last_evaluation = ReadFirst(last_evaluation_, job_id, ReadEvaluation),
                     .best_evaluation = ReadFirst(best_evaluation_, job_id, ReadEvaluation)};
  for (std::optional<v1::Evaluation>* evaluation :
       {&summary.first_evaluation, &summary.last_evaluation, &summary.best_evaluation}) {
    if (*evaluation) AddCorpusEvaluations(corpus_evaluations_, job_id, &**evaluation);
  }
  return summary;
}

}  // namespace electra::server
