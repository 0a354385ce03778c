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
#include "google/protobuf/struct.pb.h"
#include "server/base/errors.h"
#include "server/jobs/context.h"
#include "server/models/starting_model.h"
#include "server/store/corpora.h"

namespace electra::server {

struct JobSettings {
  StartingModel model;
  Hyperparameters values;                  // complete: what was given, what the model says
  std::string vocabulary;                  // a vocab.txt; empty: the model's, or none yet
  std::string device;                      // that the job will have; empty where there is none
  std::vector<FieldViolation> violations;  // of fields of a SubmitJobRequest; empty: all is well
};

// Bytes that a request's hyperparameters may have.
inline constexpr size_t kMaxHyperparameters = 64 << 10;

// What can be said without looking anything up.
void CheckSubmissionFields(const v1::SubmitJobRequest& request,
                           std::vector<FieldViolation>* violations);

// Whether a sentence has a token at all is known when the vocabulary is.
void CheckProbe(const v1::SubmitJobRequest& request, const Hyperparameters& hyperparameters,
                std::vector<FieldViolation>* violations);

// `model` is a resource name; empty: models/small. `vocabulary`: a vocab.txt or a tokenizer.json.
// NotFound: there is no such model. InvalidArgument: no such vocabulary.
absl::StatusOr<JobSettings> CheckJobSettings(const JobContext& context, const std::string& model,
                                             const google::protobuf::Struct& hyperparameters,
                                             const std::string& vocabulary);

// A batch that cannot be filled is refused where that is certain.
void CheckBatchCanFit(const Hyperparameters& hyperparameters, const CorpusRow& corpus,
                      std::vector<FieldViolation>* violations);

}  // namespace electra::server
