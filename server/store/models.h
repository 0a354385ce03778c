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
  std::string imported_by;  // public id of a token; empty: none was demanded
  // "hf:ORG/NAME@COMMIT" of the discriminator and of the generator, separated by a space; for a job's
  // checkpoint "jobs/ID@STEP" and what that job started from. Empty: neither.
  std::string sources;
};

// The new model (id is set), or the one of this name when its content is the same. AlreadyExists:
// the name is that of another.
absl::StatusOr<ModelRow> InsertModel(Transaction& transaction, const ModelRow& model);

// The newest that was made of these sources.
std::optional<ModelRow> FindModelOfSources(Reader& reader, std::string_view sources);

// By its whole name.
absl::StatusOr<ModelRow> FindModel(Reader& reader, std::string_view name);

// Newest first, those with an id below `before_id` (0: all).
std::vector<ModelRow> ListModels(Reader& reader, int64_t before_id, int limit);

// Of all models.
std::set<std::string> ModelFolders(Reader& reader);

// FailedPrecondition while a job that has not ended starts from it.
absl::Status DeleteModel(Transaction& transaction, const ModelRow& model);

}  // namespace electra::server
