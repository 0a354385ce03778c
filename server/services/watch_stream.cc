#include "server/services/watch_stream.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/base/errors.h"
#include "server/rpc/to_grpc_status.h"

namespace electra::server {
namespace {

class WatchStream : public grpc::ServerWriteReactor<v1::TrainingEvent>,
                    public Watcher,
                    public std::enable_shared_from_this<WatchStream> {
 public:
  WatchStream(WatchHub& hub, StreamPermit permit, std::string job_name, int64_t after_sequence)
      : Watcher(std::move(permit), std::move(job_name)), hub_(hub), cursor_(after_sequence) {}

  // gRPC holds it until OnDone.
  void HoldSelf() { self_ = shared_from_this(); }

  int64_t cursor() const override {
    absl::MutexLock lock(&mutex_);
    return cursor_;
  }

  bool is_busy() const override {
    absl::MutexLock lock(&mutex_);
    return writing_ || finished_ || ending_;
  }

  void Deliver(EventPage page) override {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    page_ = std::move(page);
    written_ = 0;
    WriteNext();
  }

  void End(const absl::Status& status) override { EndCall(ToGrpcStatus(status)); }

 private:
  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      cursor_ = (*page_)[written_].sequence();
      ++written_;
      if (!ok && !ending_) ending_ = ToGrpcStatus(ClientIsGone());
      if (ending_) {
        EndLocked(*ending_);
        return;
      }
      if (written_ < page_->size()) {
        WriteNext();
        return;
      }
      page_ = nullptr;
    }
    hub_.RequestMore(shared_from_this());
  }

  void OnCancel() override { EndCall(ToGrpcStatus(ClientIsGone())); }

  void OnDone() override {
    hub_.Remove(shared_from_this());
    self_.reset();  // may delete this
  }

  // Events of one page leave together: all but the last may wait for the next. Not the
  // stream's first: gRPC would keep its metadata back too, and with them the call of OnWriteDone.
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = true;
    grpc::WriteOptions options;
    if (has_written_ && written_ + 1 < page_->size()) options.set_buffer_hint();
    has_written_ = true;
    StartWrite(&(*page_)[written_], options);
  }

  void EndCall(const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    EndLocked(status);
  }

  void EndLocked(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (finished_) return;
    if (writing_) {
      if (!ending_) ending_ = status;
      return;
    }
    finished_ = true;
    Finish(status);
  }

  WatchHub& hub_;
  std::shared_ptr<WatchStream> self_;

  mutable absl::Mutex mutex_;
  int64_t cursor_ ABSL_GUARDED_BY(mutex_);  // sequence of the last event that was sent
  EventPage page_ ABSL_GUARDED_BY(mutex_);  // shared with others; held while it is written
  size_t written_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_written_ ABSL_GUARDED_BY(mutex_) = false;            // an event of this stream
  std::optional<grpc::Status> ending_ ABSL_GUARDED_BY(mutex_);  // once the write is done
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::ServerWriteReactor<v1::TrainingEvent>* StartWatchStream(WatchHub& hub, StreamPermit permit,
                                                              std::string job_name,
                                                              int64_t after_sequence) {
  auto stream =
      std::make_shared<WatchStream>(hub, std::move(permit), std::move(job_name), after_sequence);
  stream->HoldSelf();
  WatchStream* reactor = stream.get();
  hub.Add(std::move(stream));
  return reactor;
}

}  // namespace electra::server
