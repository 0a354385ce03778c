#include "server/services/download_stream.h"

#include <functional>
#include <utility>

#include "core/base/status_macros.h"
#include "server/base/caught.h"
#include "server/base/errors.h"
#include "server/models/download.h"
#include "server/rpc/to_grpc_status.h"

namespace electra::server {
namespace {

// Prepares and reads each message, once the previous one is sent, as long work.
class DownloadStream : public grpc::ServerWriteReactor<v1::DownloadModelResponse> {
 public:
  DownloadStream(StreamPermit permit, std::shared_ptr<const void> slot, Database& database,
                 const DataDir& data_dir, Calls& calls, v1::DownloadModelRequest request)
      : permit_(std::move(permit)),
        slot_(std::move(slot)),
        work_(calls.executor(Length::kLong), permit_.caller().token),
        end_(calls.executor(Length::kShort), permit_.caller().token) {
    Post([this, &database, &data_dir, request = std::move(request)]() -> absl::Status {
      ASSIGN_OR_RETURN(download_, ModelDownload::Prepare(database, data_dir, request));
      return absl::OkStatus();
    });
  }

 private:
  // Runs `prepare`, then sends the next message.
  void Post(std::function<absl::Status()> prepare) {
    const absl::Status posted = work_.Post([this, prepare = std::move(prepare)] {
      if (const absl::Status status = Caught(prepare); !status.ok()) {
        End(status);
      } else {
        WriteNext();
      }
    });
    if (!posted.ok()) EndAsShortWork(posted);
  }

  void WriteNext() {
    if (const absl::Status status = permit_.Check(); !status.ok()) {
      End(status);
      return;
    }
    response_.Clear();
    const absl::StatusOr<bool> more = download_->Next(&response_);
    if (!more.ok() || !*more) {
      End(more.status());
      return;
    }
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Post([] { return absl::OkStatus(); });
    } else {
      EndAsShortWork(ClientIsGone());
    }
  }

  void OnCancel() override {
    if (work_.Leave()) EndAsShortWork(ClientIsGone());
  }

  // A stream without a place among long work ends without waiting for one, and gRPC's thread does
  // not wait for a disk.
  void EndAsShortWork(const absl::Status& status) {
    if (!end_.Post([this, status] { End(status); }).ok()) End(status);
  }

  void End(const absl::Status& status) {
    download_.reset();
    Finish(ToGrpcStatus(status));
  }

  void OnDone() override { delete this; }

  const StreamPermit permit_;
  const std::shared_ptr<const void> slot_;
  Executor::Call work_;
  Executor::Call end_;
  std::unique_ptr<ModelDownload> download_;
  v1::DownloadModelResponse response_;
};

}  // namespace

grpc::ServerWriteReactor<v1::DownloadModelResponse>* StartDownloadStream(
    Calls& calls, StreamPermit permit, std::shared_ptr<const void> slot, Database& database,
    const DataDir& data_dir, const v1::DownloadModelRequest& request) {
  // Owned by gRPC, which calls OnDone at the end.
  return std::make_unique<DownloadStream>(std::move(permit), std::move(slot), database, data_dir,
                                          calls, request)
      .release();
}

}  // namespace electra::server
