// The corpora that a request names besides its first one.
//
// A free function; thread-safe like the database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/settings/hyperparameters.h"
#include "electra/v1/job.pb.h"
#include "server/base/errors.h"
#include "server/store/corpora.h"
#include "server/store/database.h"
#include "server/store/job_corpora.h"

namespace electra::server {

struct JobCorpus {
  JobCorpusRow row;
  std::optional<CorpusRow> corpus;  // nothing: still to be sent
  std::string field;                // of the request: "eval_corpora[0]"
};

// The corpora of `mix`, including its first, then those of `eval_corpora`. NotFound: there is no
// such corpus.
absl::StatusOr<std::vector<JobCorpus>> FindJobCorpora(Database& database,
                                                      const v1::SubmitJobRequest& request,
                                                      std::vector<FieldViolation>* violations);

// Checks that metric_for_best_model, if it names a corpus, names one of these.
void CheckMetricCorpus(const Hyperparameters& hyperparameters,
                       const std::vector<JobCorpus>& corpora,
                       std::vector<FieldViolation>* violations);

}  // namespace electra::server
