// What the engine has to know to train a job: where its corpora, its model and its folder are.
//
// A free function without state. It creates the job's folder.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/trainer.h"
#include "server/base/data_dir.h"
#include "server/store/database.h"
#include "server/store/jobs.h"

namespace electra::server {

// NotFound: its corpus or model is gone. FailedPrecondition: its model's name is another's now.
absl::StatusOr<TrainingTask> MakeTask(Database& database, const DataDir& data_dir,
                                      const JobRow& job, const std::vector<std::string>& devices);

}  // namespace electra::server
