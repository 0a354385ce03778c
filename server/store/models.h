// Table models: pairs of networks that were imported. Functions on a reader or transaction that
// the caller holds; statements throw SQLite::Exception, which Database turns into a status.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "server/store/database.h"

namespace electra::server {

struct ModelRow {
  int64_t id = 0;
  std::string name;    // public id, without "models/"
  std::string folder;  // under models/ of the data folder
  std::string sha256;  // of the files' names and digests
  int64_t size_bytes = 0;
  std::string generator_config;  // config.json; empty: imported without a generator
  std::string discriminator_config;
  std::vector<Message> notes;
  int64_t created_at = 0;
  std::string imported_by;  // public id of a token; empty: none was needed
  // "hf:ORG/NAME@COMMIT" of the discriminator and of the generator, separated by a space; for a
  // job's checkpoint "jobs/ID@STEP" and that job's starting model. Empty: neither.
  std::string sources;
};

// Returns the new model (id is set), or the one with this name where its content is the same.
// AlreadyExists: another model has the name.
absl::StatusOr<ModelRow> InsertModel(Transaction& transaction, const ModelRow& model);

// The newest model from these sources.
std::optional<ModelRow> FindModelOfSources(Reader& reader, std::string_view sources);

// By its whole name.
absl::StatusOr<ModelRow> FindModel(Reader& reader, std::string_view name);

// Newest first, the rows with an id below `before_id` (0: all).
std::vector<ModelRow> ListModels(Reader& reader, int64_t before_id, int limit);

// The folders of all models.
std::set<std::string> ModelFolders(Reader& reader);

// FailedPrecondition while a job that has not ended starts from it.
absl::Status DeleteModel(Transaction& transaction, const ModelRow& model);

}  // namespace electra::server
