// One model on its way into the store, from a client's stream, from a trusted folder, or from files
// that lie in the data folder.
//
// It is kept only once its bytes match the announcement and both networks were read as training
// reads them. Not thread-safe: the calls come one after the other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/file.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "electra/v1/model.pb.h"
#include "server/access/caller.h"
#include "server/base/data_dir.h"
#include "server/base/upload_room.h"
#include "server/store/database.h"
#include "server/store/models.h"

namespace electra::server {

// For messages about a model that has no name yet.
Message TheModel();

class ModelImport {
 public:
  // `trusted_folders` are canonical paths, from which clients may name directories. `is_cancelled`
  // says whether the client has gone.
  ModelImport(Caller caller, Database& database, const DataDir& data_dir, UploadRoom& room,
              const std::vector<std::filesystem::path>& trusted_folders,
              std::function<bool()> is_cancelled)
      : caller_(std::move(caller)),
        database_(database),
        data_dir_(data_dir),
        room_(room),
        trusted_folders_(trusted_folders),
        is_cancelled_(std::move(is_cancelled)) {}
  // Removes the received files unless they were stored.
  ~ModelImport();
  ModelImport(const ModelImport&) = delete;
  ModelImport& operator=(const ModelImport&) = delete;

  // The next message of the stream: a header, then files with their chunks. Cancelled: the client
  // has gone while files of this machine were copied.
  absl::Status Receive(const v1::ImportModelRequest& request);

  // Instead of Receive(): an import of `header`, then its files, which are already in the data
  // folder; each gets a further name.
  enum class Room { kAnnounce, kIsThere };  // of the disk
  absl::Status Begin(const v1::ImportModelHeader& header, Room room);
  absl::Status LinkFile(v1::ModelPart part, const std::string& name,
                        const std::filesystem::path& file);

  // Once all files are there: where another model has the name, appends the beginning of this one's
  // SHA-256.
  absl::Status TakeFreeName();

  // A note to store with the model, besides the ones from reading it.
  void AddNote(const Message& note) { notes_.push_back(note); }

  // All was received: checks it and stores it. Cancelled: the client has gone.
  absl::StatusOr<ModelRow> Store();

 private:
  absl::Status ReceiveHeader(const v1::ImportModelHeader& header);
  absl::Status ReceiveFile(const v1::ModelFile& file);
  absl::Status ReceiveChunk(const v1::FileChunk& chunk);
  absl::Status FinishFile();
  absl::Status CopyServerPath(v1::ModelPart part, const std::string& path);
  absl::Status CopyFile(const std::filesystem::path& source, v1::ModelPart part,
                        const std::string& name);
  // Opens name in the folder of the part.
  absl::Status StartFile(v1::ModelPart part, const std::string& name);
  absl::Status CheckIsWanted() const;
  absl::StatusOr<ModelRow> Describe() const;

  const Caller caller_;
  Database& database_;
  const DataDir& data_dir_;
  UploadRoom& room_;
  const std::vector<std::filesystem::path>& trusted_folders_;
  const std::function<bool()> is_cancelled_;

  std::optional<v1::ImportModelHeader> header_;
  std::string name_;                            // without "models/"
  std::string upload_;                          // in table started_uploads
  std::filesystem::path path_;                  // in uploads/
  UploadRoom::Share share_;                     // of the disk's room
  int64_t received_ = 0;                        // of all files
  std::map<std::string, std::string> digests_;  // by "generator/config.json"
  std::vector<Message> notes_;

  // The current file.
  std::optional<v1::ModelFile> announced_;
  std::optional<FileWriter> file_;
  std::string file_key_;
  Sha256 sha256_;
  int64_t file_received_ = 0;
};

}  // namespace electra::server
