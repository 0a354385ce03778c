// A run in few values: its last step, and its first, last and best evaluations.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>

#include "electra/v1/training.pb.h"
#include "server/store/database.h"

namespace electra::server {

std::optional<v1::Evaluation> FirstEvaluation(Reader& reader, int64_t job_id);

// A run's values in a list of runs; missing ones are empty.
struct RunSummary {
  std::optional<v1::StepMetrics> last_step;
  std::optional<v1::Evaluation> first_evaluation;
  std::optional<v1::Evaluation> last_evaluation;
  std::optional<v1::Evaluation> best_evaluation;  // by the job's metric, the first of equal ones
};

// Reads summaries of many runs with statements that are prepared once. Not thread-safe; the
// reader must outlive it.
class RunSummaries {
 public:
  explicit RunSummaries(Reader& reader);
  RunSummary Read(int64_t job_id);

 private:
  SQLite::Statement last_step_;
  SQLite::Statement first_evaluation_;
  SQLite::Statement last_evaluation_;
  SQLite::Statement best_evaluation_;
  SQLite::Statement corpus_evaluations_;
};

}  // namespace electra::server
