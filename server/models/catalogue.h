// The models that were imported: found, listed and removed.
//
// Free functions; thread-safe as the database. `name` is a model's whole name.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/data_dir.h"
#include "server/base/resource_names.h"
#include "server/store/database.h"
#include "server/store/models.h"
#include "server/store/row_page.h"

namespace electra::server {

// NotFound: no such model was imported.
absl::StatusOr<ModelRow> ReadModel(Database& database, const std::string& name);

// Newest first.
absl::StatusOr<RowPage<ModelRow>> ReadModelPage(Database& database, const Page& page);

// With its files. FailedPrecondition: it is a preset, or a job that has not ended starts from it.
absl::Status RemoveModel(Database& database, const DataDir& data_dir, const std::string& name);

}  // namespace electra::server
