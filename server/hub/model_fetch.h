// Fetches a model from the Hugging Face hub into the store: the choice of repositories, the
// download, the import.
//
// A free function; thread-safe. In order: the commits of the names, already stored models, the
// token's limits and the disk, the files, and the import with all its checks. A failure leaves
// nothing.
#pragma once

#include "absl/status/statusor.h"
#include "core/download/hub.h"
#include "electra/v1/model.pb.h"
#include "server/access/caller.h"
#include "server/base/data_dir.h"
#include "server/base/upload_room.h"
#include "server/hub/shared_downloads.h"
#include "server/store/database.h"
#include "server/store/models.h"

namespace electra::server {

struct FetchContext {
  Database& database;
  const DataDir& data_dir;
  UploadRoom& room;
  const Hub& hub;
  SharedDownloads& downloads;
};

// The stored model. AlreadyExists: the name is that of another model; found before the first byte.
absl::StatusOr<ModelRow> FetchModel(const FetchContext& context, const Caller& caller,
                                    const v1::FetchModelRequest& request,
                                    const FetchObserver& observer);

}  // namespace electra::server
