// Files of the hub in the data folder's uploads/, fetched once for all callers that need the same
// ones at the same time.
//
//   const std::shared_ptr<SharedDownload> download = downloads.Join(parts);
//   RETURN_IF_ERROR(download->Await({.is_cancelled = ..., .on_progress = ...}));
//   ... download->PathOf(part, file) ...
//
// One of the waiting callers fetches, on its own thread, and the others watch. When it leaves,
// another one continues. The files are removed with the last holder of the download. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "core/download/hub.h"
#include "core/download/repository.h"
#include "electra/v1/model.pb.h"
#include "server/base/data_dir.h"
#include "server/base/monotonic_condition.h"
#include "server/base/upload_room.h"

namespace electra::server {

struct RepositoryPart {
  v1::ModelPart part = v1::DISCRIMINATOR;
  Repository repository;
};

// The sources of all parts, as in ModelRow.
std::string SourcesOf(const std::vector<RepositoryPart>& parts);

struct FetchObserver {
  std::function<bool()> is_cancelled;
  std::function<void(const v1::FetchProgress& progress)> on_progress;
};

class SharedDownload {
 public:
  // All must outlive this.
  SharedDownload(const Hub& hub, const DataDir& data_dir, UploadRoom& room,
                 std::vector<RepositoryPart> parts);
  ~SharedDownload();
  SharedDownload(const SharedDownload&) = delete;
  SharedDownload& operator=(const SharedDownload&) = delete;

  // Returns when all files are there and checked. ResourceExhausted: the disk has no room for them,
  // found before the first byte. Cancelled: by `observer`. The errors of Hub::Download.
  absl::Status Await(const FetchObserver& observer);

  // Where a file is, once Await() has returned OK.
  std::filesystem::path PathOf(v1::ModelPart part, const std::string& file) const;

 private:
  // Whether the caller must fetch; else the download is done, or has failed.
  absl::StatusOr<bool> BecomeFetcher(const FetchObserver& observer);
  absl::Status FetchAll(const FetchObserver& observer);
  void Tell(const v1::FetchProgress& progress);

  const Hub& hub_;
  UploadRoom& room_;
  const std::string folder_;  // in uploads/
  const std::filesystem::path path_;
  const std::vector<RepositoryPart> parts_;
  int64_t size_bytes_ = 0;

  absl::Mutex mutex_;
  MonotonicCondition changed_;
  bool is_fetching_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> result_ ABSL_GUARDED_BY(mutex_);  // for everyone
  v1::FetchProgress progress_ ABSL_GUARDED_BY(mutex_);
  UploadRoom::Share share_;  // of the disk's room; of the one who fetches
};

class SharedDownloads {
 public:
  // All must outlive this.
  SharedDownloads(const Hub& hub, const DataDir& data_dir, UploadRoom& room)
      : hub_(hub), data_dir_(data_dir), room_(room) {}

  // The download of these files, if somebody waits for it already; else a new one.
  std::shared_ptr<SharedDownload> Join(const std::vector<RepositoryPart>& parts);

 private:
  const Hub& hub_;
  const DataDir& data_dir_;
  UploadRoom& room_;
  absl::Mutex mutex_;
  std::map<std::string, std::weak_ptr<SharedDownload>> downloads_
      ABSL_GUARDED_BY(mutex_);  // by sources
};

}  // namespace electra::server
