// What can be known of a job before it is queued, for submitting and for estimates.
//
// Free functions without state; thread-safe as the database. What is wrong with a request is added
// to `violations`, as its fields.
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
  Hyperparameters values;                  // complete: what was given, what the model says
  std::string vocabulary;                  // a vocab.txt; empty: the model's, or none yet
  std::string device;                      // that the job will have; empty where there is none
  std::vector<JobCorpus> corpora;          // beside the first
  std::vector<FieldViolation> violations;  // of fields of a SubmitJobRequest; empty: all is well
};

// All of a request but its first corpus, which need not be there: what a job is queued by, what an
// estimate is made from, and what is asked before a corpus is sent. NotFound: there is no such
// model. InvalidArgument: no such vocabulary, or more hyperparameters than are looked at.
absl::StatusOr<JobSettings> CheckRequest(const JobContext& context,
                                         const v1::SubmitJobRequest& request);

// A batch that cannot be filled is refused where that is certain.
void CheckBatchCanFit(const Hyperparameters& hyperparameters, const CorpusRow& corpus,
                      std::vector<FieldViolation>* violations);

}  // namespace electra::server
