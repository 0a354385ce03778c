#include "server/services/fetch_stream.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/base/errors.h"
#include "server/rpc/to_grpc_status.h"

namespace electra::server {
namespace {

// How often a client gets the progress.
constexpr std::chrono::milliseconds kTellEvery{200};

class FetchStream : public grpc::ServerWriteReactor<v1::FetchModelResponse>,
                    public std::enable_shared_from_this<FetchStream> {
 public:
  FetchStream(Calls& calls, Executor& executor, StreamPermit permit,
              grpc::CallbackServerContext& context, v1::FetchModelRequest request, FetchWork work)
      : calls_(calls),
        permit_(std::move(permit)),
        context_(context),
        request_(std::move(request)),
        work_(std::move(work)),
        call_(executor, permit_.caller().token) {}

  // gRPC holds it until OnDone.
  void Start() {
    self_ = shared_from_this();
    if (const absl::Status posted = call_.Post([this] { Run(); }); !posted.ok()) End(posted);
  }

 private:
  void Run() {
    const FetchObserver observer{
        .is_cancelled = [this] { return context_.IsCancelled() || !permit_.Check().ok(); },
        .on_progress = [this](const v1::FetchProgress& progress) { Tell(progress); }};
    v1::FetchModelResponse last;
    const absl::Status status = calls_.Run(
        permit_.caller(), request_, *last.mutable_model(),
        [&](const Caller& caller) { return work_(caller, observer, last.mutable_model()); });
    // Why it was given up, where it was for the token's sake.
    const absl::Status permitted = permit_.Check();
    {
      absl::MutexLock lock(&mutex_);
      if (status.ok()) next_ = std::move(last);
    }
    End(permitted.ok() ? status : permitted);
  }

  // Keeps only the newest until the previous one is sent.
  void Tell(const v1::FetchProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    absl::MutexLock lock(&mutex_);
    if (now - told_ < kTellEvery) return;
    told_ = now;
    *next_.emplace().mutable_progress() = progress;
    GoOn();
  }

  void OnWriteDone(bool ok) override {
    const std::shared_ptr<FetchStream> self = shared_from_this();
    absl::MutexLock lock(&mutex_);
    is_writing_ = false;
    if (!ok) next_.reset();
    GoOn();
  }

  void OnCancel() override {
    if (call_.Leave()) End(ClientIsGone());
  }

  void OnDone() override { self_.reset(); }  // may delete this

  void End(const absl::Status& status) {
    const std::shared_ptr<FetchStream> self = shared_from_this();
    absl::MutexLock lock(&mutex_);
    end_ = ToGrpcStatus(status);
    GoOn();
  }

  // Exactly one of the two at a time: gRPC takes one message, and the end after the last.
  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (is_writing_) return;
    if (next_) {
      is_writing_ = true;
      response_ = *std::exchange(next_, std::nullopt);
      StartWrite(&response_);
    } else if (end_) {
      Finish(*end_);
    }
  }

  Calls& calls_;
  const StreamPermit permit_;
  grpc::CallbackServerContext& context_;
  const v1::FetchModelRequest request_;
  const FetchWork work_;
  Executor::Call call_;
  std::shared_ptr<FetchStream> self_;

  absl::Mutex mutex_;
  v1::FetchModelResponse response_ ABSL_GUARDED_BY(mutex_);  // gRPC reads it while it is written
  std::optional<v1::FetchModelResponse> next_ ABSL_GUARDED_BY(mutex_);
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);  // once all is written
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  std::chrono::steady_clock::time_point told_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

grpc::ServerWriteReactor<v1::FetchModelResponse>* StartFetchStream(
    Calls& calls, Executor& executor, StreamPermit permit, grpc::CallbackServerContext& context,
    const v1::FetchModelRequest& request, FetchWork work) {
  const auto stream = std::make_shared<FetchStream>(calls, executor, std::move(permit), context,
                                                    request, std::move(work));
  stream->Start();
  return stream.get();
}

}  // namespace electra::server
