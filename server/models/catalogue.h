// Finds, lists and removes the models from which jobs start: presets and imported models.
//
// Free functions; thread-safe like the database. `name` is a model's whole name.
#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/shape/presets.h"
#include "server/access/caller.h"
#include "server/base/data_dir.h"
#include "server/base/resource_names.h"
#include "server/store/database.h"
#include "server/store/models.h"
#include "server/store/row_page.h"

namespace electra::server {

// NotFound: no such model was imported.
absl::StatusOr<ModelRow> ReadModel(Database& database, const std::string& name);

// The presets come with the first page, whatever its size; imported models newest first.
struct ModelPage {
  std::span<const ModelPreset> presets;
  RowPage<ModelRow> imported;
};
absl::StatusOr<ModelPage> ReadModelPage(Database& database, const Page& page);

// Removes its files too. FailedPrecondition: it is a preset, or a job that has not ended starts
// from it. PermissionDenied: it belongs to another token.
absl::Status RemoveModel(Database& database, const DataDir& data_dir, const Caller& caller,
                         const std::string& name);

}  // namespace electra::server
