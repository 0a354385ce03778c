#include "server/models/catalogue.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/access/owner.h"
#include "server/base/log.h"

namespace electra::server {
namespace {

// The files of a model that is deleted: before its row where the disk has no room for the record of
// that, else after it.
enum class Files { kFirst, kLast };

// The model's folder.
absl::StatusOr<std::string> RemoveRow(Database& database, const DataDir& data_dir,
                                      const Caller& caller, const std::string& name, Files files) {
  return database.Write<std::string>(
      [&](Transaction& transaction) -> absl::StatusOr<std::string> {
        ASSIGN_OR_RETURN(ModelRow row, FindModel(transaction, name));
        RETURN_IF_ERROR(CheckOwner(caller, absl::StrCat("models/", row.name), row.imported_by));
        RETURN_IF_ERROR(DeleteModel(transaction, row));
        std::error_code ignored;
        if (files == Files::kFirst) {
          std::filesystem::remove_all(data_dir.model(row.folder), ignored);
        }
        return std::move(row.folder);
      },
      OnFullDisk::kUseReserve);
}

}  // namespace

absl::StatusOr<ModelRow> ReadModel(Database& database, const std::string& name) {
  return database.Read<ModelRow>([&](Reader& reader) { return FindModel(reader, name); });
}

absl::StatusOr<ModelPage> ReadModelPage(Database& database, const Page& page) {
  ModelPage models;
  if (page.position == 0) models.presets = ModelPresets();
  ASSIGN_OR_RETURN(models.imported, ReadRowPage<ModelRow>(database, page, ListModels));
  return models;
}

absl::Status RemoveModel(Database& database, const DataDir& data_dir, const Caller& caller,
                         const std::string& name) {
  if (FindModelPreset(name) != nullptr) {
    return FailedPreconditionError(
        "PRESET_NOT_DELETED", "{model} is a preset: only imported models can be deleted", name);
  }
  absl::StatusOr<std::string> folder = RemoveRow(database, data_dir, caller, name, Files::kLast);
  if (IsDiskFull(folder.status()))
    folder = RemoveRow(database, data_dir, caller, name, Files::kFirst);
  RETURN_IF_ERROR(folder.status());
  // Nothing refers to the files any more; leftovers do no harm.
  std::error_code ignored;
  std::filesystem::remove_all(data_dir.model(*folder), ignored);
  Log(LogLevel::kInfo, "model_deleted", {{"model", name}});
  return absl::OkStatus();
}

}  // namespace electra::server
