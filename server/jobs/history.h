// A job's records, page by page, and its pair's confusions.
//
// Free functions; thread-safe like the database. `job` is "jobs/{id}" or a unique prefix of it;
// InvalidArgument and NotFound otherwise. Rows come in the order of their steps; the page, not the
// range, decides how many: as many as requested, or as fit into its bytes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/training.pb.h"
#include "server/base/resource_names.h"
#include "server/store/database.h"
#include "server/store/history.h"
#include "server/store/row_page.h"

namespace electra::server {

absl::StatusOr<RowPage<v1::StepMetrics>> ReadStepPage(Database& database, const std::string& job,
                                                      const StepRange& range, const Page& page);

absl::StatusOr<RowPage<v1::Sample>> ReadSamplePage(Database& database, const std::string& job,
                                                   const StepRange& range,
                                                   const SampleSelection& selection,
                                                   const Page& page);

absl::StatusOr<RowPage<v1::Evaluation>> ReadEvaluationPage(Database& database,
                                                           const std::string& job,
                                                           const Page& page);

// At most `max_points` steps of the range, as ListStepExtremes chooses them.
absl::StatusOr<std::vector<v1::StepMetrics>> ReadStepExtremes(Database& database,
                                                              const std::string& job,
                                                              const StepRange& range,
                                                              int max_points);

// The `limit` first of each list, counted over the samples of the range. Cancelled once
// `is_cancelled` says so.
absl::StatusOr<v1::Confusions> CountConfusions(Database& database, const std::string& job,
                                               const StepRange& range, int limit,
                                               const std::function<bool()>& is_cancelled);

// Those of the last evaluation, or of the best; empty where none are kept.
absl::StatusOr<v1::Confusions> ReadConfusions(Database& database, const std::string& job,
                                              v1::ConfusionSource source, int limit);

}  // namespace electra::server
