// A model on its way to a client, as Hugging Face directories.
//
// They are written completely into uploads/ and then read chunk by chunk, so the sent files do not
// change when the job writes its next checkpoint. Not thread-safe: the calls come one after the
// other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/file.h"
#include "electra/v1/model.pb.h"
#include "server/base/data_dir.h"
#include "server/store/database.h"

namespace electra::server {

class ModelDownload {
 public:
  static absl::StatusOr<std::unique_ptr<ModelDownload>> Prepare(
      Database& database, const DataDir& data_dir, const v1::DownloadModelRequest& request);
  // Removes the directories.
  ~ModelDownload();
  ModelDownload(const ModelDownload&) = delete;
  ModelDownload& operator=(const ModelDownload&) = delete;

  // The next message of the stream; false at its end.
  absl::StatusOr<bool> Next(v1::DownloadModelResponse* response);

 private:
  struct File {
    v1::ModelPart part;
    std::filesystem::path path;
  };

  explicit ModelDownload(std::filesystem::path path) : path_(std::move(path)) {}
  absl::Status MakeFolder() const;
  absl::Status ListFiles();

  const std::filesystem::path path_;  // in uploads/
  std::vector<File> files_;           // those not begun yet, the next one last
  std::shared_ptr<const MappedFile> current_;
  size_t offset_ = 0;  // in current_
};

}  // namespace electra::server
