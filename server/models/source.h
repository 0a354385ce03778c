// Where the weights for a name are: a job's checkpoint or an imported model. Free functions without
// state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/data_dir.h"
#include "server/store/database.h"
#include "server/store/jobs.h"
#include "server/store/models.h"

namespace electra::server {

struct ModelSource {
  std::filesystem::path folder;   // of discriminator/ and, perhaps, generator/
  int64_t step = 0;               // of the job's checkpoint
  std::optional<JobRow> job;      // either this
  std::optional<ModelRow> model;  // or this
};

// `name` is "jobs/{id}" or "models/{id}"; `step` selects a job's checkpoint; 0: the one that the
// job calls its model (the best or the last), or the newest before the job ends. InvalidArgument:
// neither of the two; a step of an imported model. NotFound: no such job, checkpoint or model.
// FailedPrecondition: the job has no checkpoint.
absl::StatusOr<ModelSource> FindModelSource(Database& database, const DataDir& data_dir,
                                            const std::string& name, int64_t step);

// The same for "jobs/{id}" or "jobs/{id}@{step}". Step 0 is the model before its training, which is
// there where no evaluation was better. InvalidArgument: the step is not a number.
absl::StatusOr<ModelSource> FindCheckpoint(Database& database, const DataDir& data_dir,
                                           const std::string& name);

}  // namespace electra::server
