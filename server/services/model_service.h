// electra.v1.ModelService. Thread-safe.
#pragma once

#include <filesystem>
#include <vector>

#include "core/download/hub.h"
#include "electra/v1/model.grpc.pb.h"
#include "server/access/per_token_limit.h"
#include "server/base/data_dir.h"
#include "server/base/executor.h"
#include "server/base/upload_room.h"
#include "server/hub/shared_downloads.h"
#include "server/rpc/calls.h"
#include "server/store/database.h"

namespace electra::server {

class ModelService : public v1::ModelService::CallbackService {
 public:
  // All must outlive the service. `trusted_folders`: canonical paths, see ModelImport. Fetches from
  // `hub` run on `fetches`.
  ModelService(Database& database, const DataDir& data_dir, UploadRoom& upload_room, Calls& calls,
               std::vector<std::filesystem::path> trusted_folders, const Hub& hub,
               Executor& fetches)
      : database_(database),
        data_dir_(data_dir),
        upload_room_(upload_room),
        calls_(calls),
        trusted_folders_(std::move(trusted_folders)),
        hub_(hub),
        fetches_(fetches),
        shared_downloads_(hub, data_dir, upload_room) {}

  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context,
                                       const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;
  grpc::ServerUnaryReactor* GetModel(grpc::CallbackServerContext* context,
                                     const v1::GetModelRequest* request,
                                     v1::Model* response) override;
  grpc::ServerReadReactor<v1::ImportModelRequest>* ImportModel(grpc::CallbackServerContext* context,
                                                               v1::Model* response) override;
  grpc::ServerWriteReactor<v1::FetchModelResponse>* FetchModel(
      grpc::CallbackServerContext* context, const v1::FetchModelRequest* request) override;
  grpc::ServerWriteReactor<v1::DownloadModelResponse>* DownloadModel(
      grpc::CallbackServerContext* context, const v1::DownloadModelRequest* request) override;
  grpc::ServerUnaryReactor* DeleteModel(grpc::CallbackServerContext* context,
                                        const v1::DeleteModelRequest* request,
                                        google::protobuf::Empty* response) override;

 private:
  // Each is a copy of a model on the disk until its client has read it.
  static constexpr int64_t kMostDownloads = 8;

  Database& database_;
  const DataDir& data_dir_;
  UploadRoom& upload_room_;
  Calls& calls_;
  const std::vector<std::filesystem::path> trusted_folders_;
  const Hub& hub_;
  Executor& fetches_;
  SharedDownloads shared_downloads_;
  PerTokenLimit downloads_{kMostDownloads};
};

}  // namespace electra::server
