// What can be known of a job's settings before it is queued, for submitting and for estimates.
//
// Free functions without state; thread-safe as the database.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/trainer.h"
#include "google/protobuf/struct.pb.h"
#include "server/base/data_dir.h"
#include "server/models/starting_model.h"
#include "server/rpc/to_grpc_status.h"
#include "server/store/corpora.h"
#include "server/store/database.h"

namespace electra::server {

struct JobSettings {
  StartingModel model;
  Hyperparameters values;                  // complete: what was given, what the model says
  std::string device;                      // that the job will have; empty where there is none
  std::vector<FieldViolation> violations;  // of fields of a SubmitJobRequest; empty: all is well
};

// `model` is a resource name; empty: models/small. NotFound: there is no such model.
absl::StatusOr<JobSettings> CheckJobSettings(Database& database, const DataDir& data_dir,
                                             const Trainer& trainer, const std::string& model,
                                             const google::protobuf::Struct& hyperparameters,
                                             const std::string& vocabulary);

// A batch that cannot be filled is refused where that is certain.
void CheckBatchCanFit(const Hyperparameters& hyperparameters, const CorpusRow& corpus,
                      std::vector<FieldViolation>* violations);

}  // namespace electra::server
