// Checks of a job before it is queued, for submitting and for estimates.
//
// Free functions without state; thread-safe like the database. Mistakes in a request are added to
// `violations`, by field.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/settings/hyperparameters.h"
#include "electra/v1/job.pb.h"
#include "server/base/errors.h"
#include "server/jobs/context.h"
#include "server/jobs/job_corpora.h"
#include "server/models/starting_model.h"
#include "server/store/corpora.h"

namespace electra::server {

struct JobSettings {
  StartingModel model;
  Hyperparameters values;                  // complete: the given ones, then the model's
  std::string vocabulary;                  // a vocab.txt; empty: the model's, or none yet
  std::string device;                      // for the job; empty where there is none
  std::vector<JobCorpus> corpora;          // besides the first
  std::vector<FieldViolation> violations;  // of fields of a SubmitJobRequest; empty: all is well
};

// Checks a request except for its first corpus, which need not be there: before a job is queued, an
// estimate is made, or a corpus is sent. NotFound: there is no such model. InvalidArgument: no such
// vocabulary, or too many hyperparameters.
absl::StatusOr<JobSettings> CheckRequest(const JobContext& context,
                                         const v1::SubmitJobRequest& request);

// Refuses a batch that certainly cannot be filled.
void CheckBatchCanFit(const Hyperparameters& hyperparameters, const CorpusRow& corpus,
                      std::vector<FieldViolation>* violations);

}  // namespace electra::server
