#include "server/hub/shared_downloads.h"

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "server/base/caught.h"
#include "server/base/errors.h"
#include "server/base/log.h"
#include "server/models/import.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

// How often a waiting caller checks whether its client is still there.
constexpr absl::Duration kLookEvery = absl::Milliseconds(200);

const char* PartFolder(v1::ModelPart part) {
  return part == v1::GENERATOR ? "generator" : "discriminator";
}

void LogRetry(const Repository& repository, const RepositoryFile& file,
              const v1::FetchProgress& progress, const absl::Status& why) {
  Log(LogLevel::kInfo, "hub_retry",
      {{"file", absl::StrCat(repository.name, "/", file.name)},
       {"bytes", absl::StrCat(progress.received_bytes())},
       {"error", std::string(why.message())}});
}

}  // namespace

std::string SourcesOf(const std::vector<RepositoryPart>& parts) {
  std::string sources;
  for (const RepositoryPart& part : parts) {
    absl::StrAppend(&sources, sources.empty() ? "" : " ", part.repository.source());
  }
  return sources;
}

SharedDownload::SharedDownload(const Hub& hub, const DataDir& data_dir, UploadRoom& room,
                               std::vector<RepositoryPart> parts)
    : hub_(hub),
      room_(room),
      folder_(absl::StrCat(MakeName(), ".hub")),
      path_(data_dir.uploads() / folder_),
      parts_(std::move(parts)) {
  for (const RepositoryPart& part : parts_) size_bytes_ += part.repository.size_bytes();
}

SharedDownload::~SharedDownload() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path SharedDownload::PathOf(v1::ModelPart part, const std::string& file) const {
  return path_ / PartFolder(part) / file;
}

absl::Status SharedDownload::Await(const FetchObserver& observer) {
  ASSIGN_OR_RETURN(const bool fetches, BecomeFetcher(observer));
  if (!fetches) return absl::OkStatus();
  const absl::Status status = Caught([&] { return FetchAll(observer); });
  {
    absl::MutexLock lock(&mutex_);
    is_fetching_ = false;
    // Somebody else may go on.
    if (!absl::IsCancelled(status)) result_ = status;
  }
  changed_.NotifyAll();
  return status;
}

absl::StatusOr<bool> SharedDownload::BecomeFetcher(const FetchObserver& observer) {
  for (;;) {
    v1::FetchProgress progress;
    {
      absl::MutexLock lock(&mutex_);
      changed_.AwaitFor(mutex_, kLookEvery,
                        [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !is_fetching_; });
      if (!is_fetching_) {
        if (result_ && !result_->ok()) return *result_;
        is_fetching_ = !result_;
        return is_fetching_;
      }
      progress = progress_;
    }
    if (observer.is_cancelled()) return ClientIsGone();
    observer.on_progress(progress);
  }
}

absl::Status SharedDownload::FetchAll(const FetchObserver& observer) {
  ASSIGN_OR_RETURN(share_, room_.Announce(TheModel(), folder_, size_bytes_));
  v1::FetchProgress progress;
  progress.set_size_bytes(size_bytes_);
  int64_t before = 0;  // bytes of the files before this one
  for (const RepositoryPart& part : parts_) {
    std::error_code error;
    fs::create_directories(path_ / PartFolder(part.part), error);
    if (error) return FileError(path_, error);
    for (const RepositoryFile& file : part.repository.files) {
      progress.set_file(absl::StrCat(PartFolder(part.part), "/", file.name));
      const auto tell = [&](int64_t bytes) {
        progress.set_received_bytes(before + bytes);
        Tell(progress);
        observer.on_progress(progress);
      };
      tell(0);
      RETURN_IF_ERROR(hub_.Download(part.repository, file, PathOf(part.part, file.name),
                                    {.is_cancelled = observer.is_cancelled,
                                     .on_bytes = tell,
                                     .on_retry = [&](const absl::Status& why) {
                                       LogRetry(part.repository, file, progress, why);
                                     }}));
      before += file.size_bytes;
    }
  }
  return absl::OkStatus();
}

void SharedDownload::Tell(const v1::FetchProgress& progress) {
  absl::MutexLock lock(&mutex_);
  progress_ = progress;
}

std::shared_ptr<SharedDownload> SharedDownloads::Join(const std::vector<RepositoryPart>& parts) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(downloads_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<SharedDownload>& known = downloads_[SourcesOf(parts)];
  std::shared_ptr<SharedDownload> download = known.lock();
  if (download == nullptr) {
    download = std::make_shared<SharedDownload>(hub_, data_dir_, room_, parts);
    known = download;
  }
  return download;
}

}  // namespace electra::server
