#include "server/models/import.h"

#include <algorithm>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/hub_name.h"
#include "core/base/message.h"
#include "core/base/model_files.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/hub/config_json.h"
#include "core/hub/pretrained_pair.h"
#include "core/shape/presets.h"
#include "server/access/limits.h"
#include "server/base/clock.h"
#include "server/base/errors.h"
#include "server/base/log.h"
#include "server/base/resource_names.h"
#include "server/base/transfer_errors.h"
#include "server/models/files.h"
#include "server/store/names.h"
#include "server/store/started_uploads.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxChunk = size_t{1} << 20;
constexpr size_t kMaxFiles = 4096;
constexpr size_t kMaxPath = 4096;
constexpr size_t kShaPart = 8;  // characters that tell models of a name apart

const char* FolderOf(v1::ModelPart part) {
  return part == v1::GENERATOR ? "generator" : "discriminator";
}

absl::Status NoImportHeader() {
  return InvalidArgumentError("NO_IMPORT_HEADER", "an import begins with its header");
}

// The temporary place of files means nothing to a user.
Message WithoutFolder(const fs::path& folder, const Message& message) {
  const auto without = [prefix = folder.string() + "/"](const std::string& text) {
    return absl::StrReplaceAll(text, {{prefix, ""}});
  };
  std::map<std::string, std::string> args;
  for (const auto& [place, value] : message.args()) args[place] = without(value);
  return Message::Of(message.code(), std::move(args), without(message.text()));
}

absl::StatusOr<std::string> ParseModelName(const std::string& resource_name) {
  ASSIGN_OR_RETURN(std::string name, ParseResourceName(resource_name, "models"));
  if (!IsModelName(name)) {
    return InvalidArgumentError(
        "BAD_MODEL_NAME",
        "a model's name is a letter or digit, then letters, digits, '.', '_' or '-', at most 63 in "
        "all");
  }
  if (FindModelPreset(name) != nullptr) {
    return InvalidArgumentError("NAME_OF_PRESET",
                                "\"{name}\" is the name of a preset: choose another", name);
  }
  return name;
}

bool IsUnder(const fs::path& folder, const fs::path& path) {
  const auto [folder_end, ignored] =
      std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return folder_end == folder.end();
}

// The path without links and "..", if it is under one of the folders.
absl::StatusOr<fs::path> ResolveTrusted(const fs::path& path,
                                        const std::vector<fs::path>& trusted_folders) {
  if (trusted_folders.empty()) {
    return PermissionDeniedError(
        "NO_TRUSTED_MODELS",
        "this electrad reads no models from its own disk: start it with --trusted-models FOLDER, "
        "or send the directories without --server-path");
  }
  std::error_code error;
  const fs::path resolved = fs::canonical(path, error);
  const bool trusted =
      !error && std::any_of(trusted_folders.begin(), trusted_folders.end(),
                            [&](const fs::path& folder) { return IsUnder(folder, resolved); });
  if (trusted) return resolved;
  // Does not reveal whether a path outside exists.
  return PermissionDeniedError(
      "PATH_NOT_TRUSTED",
      "\"{path}\" is not there, or not under a folder that electrad was told to trust with "
      "--trusted-models",
      path.string());
}

// A client's statement about the origin of its files: kept as given, if it has the right form.
absl::Status CheckSources(const v1::ImportModelHeader& header) {
  for (const std::string& source : header.sources()) {
    ASSIGN_OR_RETURN(const HubName name, ParseHubName(source));
    if (header.sources_size() <= 2 && IsCommit(name.revision)) continue;
    return InvalidArgumentError("HUB_SOURCES",
                                "sources name a repository and a whole commit for each network");
  }
  return absl::OkStatus();
}

}  // namespace

Message TheModel() { return Message("THE_MODEL", "the model"); }

ModelImport::~ModelImport() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  if (upload_.empty()) return;
  // Not waited for, since somebody may have locked the database. Should it fail, the row is lost
  // with its file, at the next start.
  database_.WriteLater(
      [upload = upload_](Transaction& transaction) {
        ForgetStartedUpload(transaction, upload);
        return absl::OkStatus();
      },
      [](const absl::Status&) {});
}

absl::Status ModelImport::Receive(const v1::ImportModelRequest& request) {
  switch (request.part_case()) {
    case v1::ImportModelRequest::kHeader:
      return ReceiveHeader(request.header());
    case v1::ImportModelRequest::kFile:
      return ReceiveFile(request.file());
    case v1::ImportModelRequest::kChunk:
      return ReceiveChunk(request.chunk());
    case v1::ImportModelRequest::PART_NOT_SET:
      break;
  }
  return InvalidArgumentError("EMPTY_IMPORT_MESSAGE",
                              "an import's message holds no header, file or chunk");
}

absl::Status ModelImport::Begin(const v1::ImportModelHeader& header, Room room) {
  if (header_) return InvalidArgumentError("SECOND_IMPORT_HEADER", "an import has one header");
  ASSIGN_OR_RETURN(name_, ParseModelName(header.name()));
  if (header.size_bytes() < 0) return NegativeField("size_bytes", header.size_bytes());
  const std::string folder = absl::StrCat(MakeName(), ".model");
  if (room == Room::kAnnounce) {
    ASSIGN_OR_RETURN(share_, room_.Announce(TheModel(), folder, header.size_bytes()));
  }
  RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(CheckStoredBytes(transaction, caller_.token, name_, header.size_bytes()));
    RecordStartedUpload(transaction, folder, caller_.token, header.size_bytes());
    return absl::OkStatus();
  }));
  upload_ = folder;
  path_ = data_dir_.uploads() / folder;
  std::error_code error;
  fs::create_directories(path_ / "discriminator", error);
  if (error) return FileError(path_, error);
  header_ = header;
  return absl::OkStatus();
}

absl::Status ModelImport::ReceiveHeader(const v1::ImportModelHeader& header) {
  RETURN_IF_ERROR(CheckSources(header));
  RETURN_IF_ERROR(Begin(header, Room::kAnnounce));
  if (!header.has_server_paths()) return absl::OkStatus();
  const v1::ServerPaths& paths = header.server_paths();
  RETURN_IF_ERROR(CopyServerPath(v1::DISCRIMINATOR, paths.discriminator()));
  if (paths.generator().empty()) return absl::OkStatus();
  return CopyServerPath(v1::GENERATOR, paths.generator());
}

absl::Status ModelImport::LinkFile(v1::ModelPart part, const std::string& name,
                                   const fs::path& file) {
  const std::string key = absl::StrCat(FolderOf(part), "/", name);
  const fs::path place = path_ / key;
  std::error_code error;
  fs::create_directory(place.parent_path(), error);
  if (!error) fs::create_hard_link(file, place, error);
  if (error) return FileError(place, error);
  RETURN_IF_ERROR(CheckIsWanted());
  ASSIGN_OR_RETURN(digests_[key], FileSha256Hex(place));
  received_ += static_cast<int64_t>(fs::file_size(place, error));
  return error ? FileError(place, error) : absl::OkStatus();
}

absl::Status ModelImport::TakeFreeName() {
  const std::string sha256 = ModelSha256(digests_);
  return database_.Read([&](Reader& reader) {
    const absl::StatusOr<ModelRow> known = FindModel(reader, name_);
    if (known.ok() && known->sha256 != sha256) {
      absl::StrAppend(&name_, "--", sha256.substr(0, kShaPart));
    }
    return absl::OkStatus();
  });
}

absl::Status ModelImport::CheckIsWanted() const {
  return is_cancelled_() ? ClientIsGone() : absl::OkStatus();
}

absl::Status ModelImport::StartFile(v1::ModelPart part, const std::string& name) {
  const std::string folder = FolderOf(part);
  file_key_ = absl::StrCat(folder, "/", name);
  if (digests_.contains(file_key_)) {
    return InvalidArgumentError("FILE_SENT_TWICE", "{file} is sent twice", file_key_);
  }
  if (digests_.size() >= kMaxFiles) {
    return InvalidArgumentError("TOO_MANY_FILES", "more than {limit} files", kMaxFiles);
  }
  std::error_code error;
  fs::create_directory(path_ / folder, error);
  if (error) return FileError(path_ / folder, error);
  ASSIGN_OR_RETURN(file_, FileWriter::Create((path_ / folder / name).string()));
  sha256_ = Sha256();
  return absl::OkStatus();
}

absl::Status ModelImport::ReceiveFile(const v1::ModelFile& file) {
  if (!header_) return NoImportHeader();
  if (header_->has_server_paths()) {
    return InvalidArgumentError("FILE_BESIDE_SERVER_PATHS",
                                "an import from server paths has no files of its own");
  }
  RETURN_IF_ERROR(FinishFile());
  if (file.part() != v1::GENERATOR && file.part() != v1::DISCRIMINATOR) {
    return InvalidArgumentError("FILE_OF_NO_PART", "a file belongs to GENERATOR or DISCRIMINATOR");
  }
  if (!IsModelFileName(file.file_name())) {
    return InvalidArgumentError("FILE_NOT_NEEDED",
                                "a file has a name that no model directory needs");
  }
  if (file.size_bytes() < 0 || file.size_bytes() > header_->size_bytes() - received_) {
    return InvalidArgumentError(
        "MORE_THAN_ANNOUNCED",
        "{file} has {bytes} bytes, but only {left} of the announced bytes are left",
        file.file_name(), file.size_bytes(), header_->size_bytes() - received_);
  }
  RETURN_IF_ERROR(StartFile(file.part(), file.file_name()));
  announced_ = file;
  file_received_ = 0;
  return absl::OkStatus();
}

absl::Status ModelImport::ReceiveChunk(const v1::FileChunk& chunk) {
  if (!announced_) {
    return InvalidArgumentError("CHUNK_BEFORE_FILE", "a chunk comes before its file");
  }
  if (chunk.data().size() > kMaxChunk) return ChunkTooLarge(chunk.data().size(), kMaxChunk);
  if (chunk.offset() != file_received_) return ChunkOutOfPlace(chunk.offset(), file_received_);
  file_received_ += static_cast<int64_t>(chunk.data().size());
  received_ += static_cast<int64_t>(chunk.data().size());
  if (file_received_ > announced_->size_bytes()) {
    return LongerThanAnnounced(announced_->file_name(), announced_->size_bytes());
  }
  sha256_.Update(chunk.data());
  return file_->Write(chunk.data());
}

absl::Status ModelImport::FinishFile() {
  if (!announced_) return absl::OkStatus();
  const v1::ModelFile file = *std::exchange(announced_, std::nullopt);
  if (file_received_ != file.size_bytes()) {
    return EndedEarly(file.file_name(), file_received_, file.size_bytes());
  }
  std::string digest = sha256_.FinishHex();
  if (digest != file.sha256()) return Within(file.file_name(), DamagedOnItsWay());
  digests_[file_key_] = std::move(digest);
  return file_->Finish();
}

absl::Status ModelImport::CopyServerPath(v1::ModelPart part, const std::string& path) {
  if (path.empty() || path.size() > kMaxPath || FindInvalidUtf8(path)) {
    return InvalidArgumentError("BAD_SERVER_PATH",
                                "expected a path of the {network} on the server, in UTF-8",
                                FolderOf(part));
  }
  ASSIGN_OR_RETURN(const fs::path directory, ResolveTrusted(path, trusted_folders_));
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    names.insert(entry.path().filename().string());
  }
  if (error) {
    const auto code = error == std::errc::permission_denied ? absl::StatusCode::kPermissionDenied
                                                            : absl::StatusCode::kInternal;
    return Error(code, MessageOf(FileError(directory, error)));
  }
  for (const std::string& name : SelectModelFiles(names)) {
    // Files of Hugging Face's cache are links to its blobs; those must be under the folder too.
    ASSIGN_OR_RETURN(const fs::path source, ResolveTrusted(directory / name, trusted_folders_));
    RETURN_IF_ERROR(CopyFile(source, part, name));
  }
  return absl::OkStatus();
}

absl::Status ModelImport::CopyFile(const fs::path& source, v1::ModelPart part,
                                   const std::string& name) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> mapped,
                   MappedFile::Open(source.string()));
  const auto size = static_cast<int64_t>(mapped->bytes().size());
  ASSIGN_OR_RETURN(share_, room_.Announce(TheModel(), upload_, received_ + size));
  RETURN_IF_ERROR(StartFile(part, name));
  for (std::span<const std::byte> rest = mapped->bytes(); !rest.empty();) {
    const std::span<const std::byte> chunk = rest.first(std::min(rest.size(), kMaxChunk));
    rest = rest.subspan(chunk.size());
    RETURN_IF_ERROR(CheckIsWanted());
    sha256_.Update({reinterpret_cast<const char*>(chunk.data()), chunk.size()});
    RETURN_IF_ERROR(file_->Write(chunk));
  }
  received_ += size;
  digests_[file_key_] = sha256_.FinishHex();
  return file_->Finish();
}

// Reads both networks as a job will.
absl::StatusOr<ModelRow> ModelImport::Describe() const {
  absl::StatusOr<PretrainedPair> pair = LoadPretrainedPair(path_.string());
  if (!pair.ok()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 WithoutFolder(path_, MessageOf(pair.status())));
  }
  RETURN_IF_ERROR(CheckFinite(*pair));
  ModelRow model;
  model.name = name_;
  model.folder = MakeName();
  model.size_bytes = received_;
  if (pair->generator) {
    model.generator_config = ConfigJson(pair->generator->config, Role::kGenerator, DType::kFloat32);
  }
  model.discriminator_config =
      ConfigJson(pair->discriminator.config, Role::kDiscriminator, DType::kFloat32);
  for (const Message& note : pair->notes) model.notes.push_back(WithoutFolder(path_, note));
  if (!pair->tokenizer) {
    model.notes.push_back(
        Message("IMPORTED_WITHOUT_VOCABULARY",
                "the model came without a vocabulary: a job that starts from it needs --vocab"));
  }
  model.created_at = NowMicros();
  model.sha256 = ModelSha256(digests_);
  return model;
}

absl::StatusOr<ModelRow> ModelImport::Store() {
  if (!header_) return NoImportHeader();
  RETURN_IF_ERROR(FinishFile());
  if (!header_->has_server_paths() && received_ != header_->size_bytes()) {
    return EndedEarly(TheModel(), received_, header_->size_bytes());
  }
  RETURN_IF_ERROR(CheckIsWanted());
  ASSIGN_OR_RETURN(ModelRow model, Describe());
  model.imported_by = caller_.token;
  model.sources = absl::StrJoin(header_->sources(), " ");
  model.notes.insert(model.notes.end(), notes_.begin(), notes_.end());
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(path_, unreadable)) {
    RETURN_IF_ERROR(SyncDirectory(entry.path().string()));
  }
  if (unreadable) return FileError(path_, unreadable);
  RETURN_IF_ERROR(CheckIsWanted());
  // The files first, then the row that promises them.
  RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) -> absl::Status {
    ForgetStartedUpload(transaction, upload_);
    RETURN_IF_ERROR(CheckStoredBytes(transaction, caller_.token, model.name, model.size_bytes));
    ASSIGN_OR_RETURN(const ModelRow stored, InsertModel(transaction, model));
    const bool is_new = stored.folder == model.folder;
    model = stored;
    if (!is_new) return absl::OkStatus();
    const fs::path place = data_dir_.model(model.folder);
    std::error_code error;
    fs::rename(path_, place, error);
    if (error) return FileError(place, error);
    path_.clear();
    return SyncDirectory(place.parent_path().string());
  }));
  Log(LogLevel::kInfo, "model_imported",
      {{"model", model.name}, {"sha256", model.sha256}, {"bytes", absl::StrCat(model.size_bytes)}});
  return model;
}

}  // namespace electra::server
