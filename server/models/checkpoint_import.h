// A job's checkpoint as a model of its own, from which other jobs start. Its files are hard links:
// they take no further room, and stay when the job is deleted or writes newer checkpoints.
//
// A free function; thread-safe like the database.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/access/caller.h"
#include "server/base/data_dir.h"
#include "server/base/upload_room.h"
#include "server/models/source.h"
#include "server/store/database.h"
#include "server/store/models.h"

namespace electra::server {

// "jobs/ID@60", and then the job's own starting model, as in ModelRow::sources.
std::string CheckpointSources(const ModelSource& checkpoint);

// Stores both networks as the caller's model "ID-step-60"; an already stored one is returned as it
// is. If another model has that name, this one gets a longer name. `checkpoint` is of a job. Reads
// all weights.
absl::StatusOr<ModelRow> ImportCheckpoint(Database& database, const DataDir& data_dir,
                                          UploadRoom& room, const Caller& caller,
                                          const ModelSource& checkpoint);

}  // namespace electra::server
