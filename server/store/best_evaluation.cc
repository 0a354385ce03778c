#include "server/store/best_evaluation.h"

#include <SQLiteCpp/Statement.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace electra::server {
namespace {

// A metric_for_best_model, taken apart.
struct MetricName {
  std::string eval_corpus;  // empty: the held-out text
  std::string measure;
};

MetricName MetricOfJob(Reader& reader, int64_t job_id) {
  SQLite::Statement query(reader.connection(),
                          "SELECT CASE WHEN json_valid(hyperparameters) THEN "
                          "json_extract(hyperparameters, '$.metric_for_best_model') END "
                          "FROM jobs WHERE id = ?");
  query.bind(1, job_id);
  std::string metric = query.executeStep() ? query.getColumn(0).getString() : "";
  const size_t dot = metric.rfind('.');
  if (dot == std::string::npos) return {.eval_corpus = "", .measure = std::move(metric)};
  return {.eval_corpus = metric.substr(0, dot), .measure = metric.substr(dot + 1)};
}

// How evaluations are ordered, the best first.
const char* OrderOfEvaluations(const std::string& measure) {
  if (measure == "generator_loss") return " ORDER BY generator_loss, step LIMIT 1";
  if (measure == "f1") {
    return " AND discriminator_f1 IS NOT NULL ORDER BY discriminator_f1 DESC, step LIMIT 1";
  }
  return " ORDER BY combined_loss, step LIMIT 1";
}

}  // namespace

void UpdateBestEvaluation(Transaction& transaction, int64_t job_id) {
  const MetricName metric = MetricOfJob(transaction, job_id);
  const bool is_of_corpus = !metric.eval_corpus.empty();
  SQLite::Statement update(
      transaction.connection(),
      absl::StrCat("UPDATE jobs SET (best_evaluation_step, best_evaluation_loss) = "
                   "(SELECT step, combined_loss FROM evaluations WHERE job_id = ?1",
                   is_of_corpus ? " AND step = (SELECT step FROM corpus_evaluations WHERE "
                                  "job_id = ?1 AND name = ?2"
                                : "",
                   OrderOfEvaluations(metric.measure), is_of_corpus ? ")" : "", ") WHERE id = ?1"));
  update.bind(1, job_id);
  if (is_of_corpus) update.bind(2, metric.eval_corpus);
  update.exec();
}

}  // namespace electra::server
