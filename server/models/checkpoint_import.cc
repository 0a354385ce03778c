#include "server/models/checkpoint_import.h"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/message.h"
#include "core/base/model_files.h"
#include "core/base/status_macros.h"
#include "electra/v1/model.pb.h"
#include "server/base/errors.h"
#include "server/models/files.h"
#include "server/models/import.h"

namespace electra::server {
namespace {

struct CheckpointFile {
  v1::ModelPart part;
  std::filesystem::path path;
};

// The files of both networks, without the ones that only the same job needs to continue.
absl::StatusOr<std::vector<CheckpointFile>> ListFiles(const ModelSource& checkpoint,
                                                      int64_t* bytes) {
  std::vector<CheckpointFile> files;
  for (const v1::ModelPart part : {v1::DISCRIMINATOR, v1::GENERATOR}) {
    const std::filesystem::path folder =
        checkpoint.folder / (part == v1::GENERATOR ? "generator" : "discriminator");
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      names.insert(entry.path().filename().string());
    }
    if (error) return FileError(folder, error);
    for (const std::string& name : SelectModelFiles(names)) {
      files.push_back({part, folder / name});
      *bytes += static_cast<int64_t>(std::filesystem::file_size(files.back().path, error));
      if (error) return FileError(files.back().path, error);
    }
  }
  return files;
}

// "ID-step-60", in which a resource's name does not occur.
std::string CheckpointModelName(const ModelSource& checkpoint) {
  return absl::StrCat(checkpoint.job->name, "-step-", checkpoint.step);
}

}  // namespace

std::string CheckpointSources(const ModelSource& checkpoint) {
  std::string sources = absl::StrCat("jobs/", checkpoint.job->name, "@", checkpoint.step);
  if (checkpoint.job->model_sources.empty()) return sources;
  return absl::StrCat(sources, " ", checkpoint.job->model_sources);
}

namespace {

absl::StatusOr<ModelRow> Link(Database& database, const DataDir& data_dir, UploadRoom& room,
                              const Caller& caller, const ModelSource& checkpoint) {
  v1::ImportModelHeader header;
  header.set_name(absl::StrCat("models/", CheckpointModelName(checkpoint)));
  for (const absl::string_view source : absl::StrSplit(CheckpointSources(checkpoint), ' ')) {
    header.add_sources(std::string(source));
  }
  int64_t bytes = 0;
  ASSIGN_OR_RETURN(const std::vector<CheckpointFile> files, ListFiles(checkpoint, &bytes));
  header.set_size_bytes(bytes);
  const std::vector<std::filesystem::path> no_trusted_folders;
  ModelImport import(caller, database, data_dir, room, no_trusted_folders, [] { return false; });
  RETURN_IF_ERROR(import.Begin(header, ModelImport::Room::kIsThere));
  for (const CheckpointFile& file : files) {
    RETURN_IF_ERROR(import.LinkFile(file.part, file.path.filename().string(), file.path));
  }
  RETURN_IF_ERROR(import.TakeFreeName());
  return import.Store();
}

}  // namespace

absl::StatusOr<ModelRow> ImportCheckpoint(Database& database, const DataDir& data_dir,
                                          UploadRoom& room, const Caller& caller,
                                          const ModelSource& checkpoint) {
  absl::StatusOr<ModelRow> model = Link(database, data_dir, room, caller, checkpoint);
  std::error_code ignored;
  if (model.ok() || std::filesystem::exists(checkpoint.folder, ignored)) return model;
  return AbortedError("CHECKPOINT_GONE",
                      "job {job} has removed its checkpoint of step {step} meanwhile: submit again",
                      checkpoint.job->name, checkpoint.step);
}

}  // namespace electra::server
