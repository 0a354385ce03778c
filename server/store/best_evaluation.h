// Which of a job's evaluations is the best, by its hyperparameter metric_for_best_model.
//
// A free function without state.
#pragma once

#include <cstdint>

#include "server/store/database.h"

namespace electra::server {

// Puts the best of the stored evaluations, the first of equal ones, into the job's row.
void UpdateBestEvaluation(Transaction& transaction, int64_t job_id);

}  // namespace electra::server
