#include "server/jobs/watch.h"

#include <pthread.h>

#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "server/rpc/to_grpc_status.h"
#include "server/store/events.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"

namespace electra::server {
namespace {

// Events read at once for one watcher. Bounds what a watcher holds in memory.
constexpr int kPageSize = 64;

}  // namespace

// One WatchJob call.
class Watcher : public grpc::ServerWriteReactor<v1::TrainingEvent>,
                public std::enable_shared_from_this<Watcher> {
 public:
  Watcher(WatchHub& hub, StreamPermit permit, std::string job_name, int64_t after_sequence)
      : hub_(hub),
        permit_(std::move(permit)),
        job_name_(std::move(job_name)),
        cursor_(after_sequence) {}

  // gRPC holds it until OnDone.
  void HoldSelf() { self_ = shared_from_this(); }

  // From the hub's thread. `page` is not empty; nothing is being written.
  void Deliver(EventPage page) {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    page_ = std::move(page);
    written_ = 0;
    WriteNext();
  }

  // At most once takes effect; waits for a write that is out.
  void End(const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    EndLocked(status);
  }

  // Writing, or ended: nothing to feed.
  bool is_busy() const {
    absl::MutexLock lock(&mutex_);
    return writing_ || finished_ || ending_;
  }

  const StreamPermit& permit() const { return permit_; }
  const std::string& job_name() const { return job_name_; }
  int64_t cursor() const {
    absl::MutexLock lock(&mutex_);
    return cursor_;
  }

  // The hub's thread only.
  int64_t job_id = 0;  // 0: not looked up yet

 private:
  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      cursor_ = (*page_)[written_].sequence();
      ++written_;
      if (!ok && !ending_) ending_ = grpc::Status(grpc::StatusCode::CANCELLED, "client is gone");
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

  void OnCancel() override { End(grpc::Status(grpc::StatusCode::CANCELLED, "client is gone")); }

  void OnDone() override {
    hub_.Remove(shared_from_this());
    self_.reset();  // may delete this
  }

  // Events of one page leave together: all but the last may wait for those behind them. Not the
  // stream's first: gRPC would keep its metadata back too, and with them the call of OnWriteDone.
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = true;
    grpc::WriteOptions options;
    if (has_written_ && written_ + 1 < page_->size()) options.set_buffer_hint();
    has_written_ = true;
    StartWrite(&(*page_)[written_], options);
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
  const StreamPermit permit_;
  const std::string job_name_;
  std::shared_ptr<Watcher> self_;

  mutable absl::Mutex mutex_;
  int64_t cursor_ ABSL_GUARDED_BY(mutex_);  // sequence of the last event that was sent
  EventPage page_ ABSL_GUARDED_BY(mutex_);  // shared with others; held while it is written
  size_t written_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_written_ ABSL_GUARDED_BY(mutex_) = false;            // an event of this stream
  std::optional<grpc::Status> ending_ ABSL_GUARDED_BY(mutex_);  // once the write is done
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

WatchHub::WatchHub(Database& database) : database_(database), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "watch");
}

WatchHub::~WatchHub() { Shutdown(); }

grpc::ServerWriteReactor<v1::TrainingEvent>* WatchHub::Watch(StreamPermit permit,
                                                             std::string job_name,
                                                             int64_t after_sequence) {
  auto watcher =
      std::make_shared<Watcher>(*this, std::move(permit), std::move(job_name), after_sequence);
  watcher->HoldSelf();
  Watcher* reactor = watcher.get();
  bool stopping = false;
  {
    absl::MutexLock lock(&mutex_);
    stopping = stopping_;
    watchers_.insert(watcher);
    ready_.insert(std::move(watcher));
  }
  if (stopping) {
    reactor->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the daemon is shutting down"));
  }
  return reactor;
}

void WatchHub::Notify(const std::set<int64_t>& jobs) {
  absl::MutexLock lock(&mutex_);
  for (int64_t job : jobs) {
    const auto parked = parked_.find(job);
    if (parked == parked_.end()) continue;
    ready_.merge(parked->second);
    parked_.erase(parked);
  }
}

void WatchHub::RequestMore(std::shared_ptr<Watcher> watcher) {
  absl::MutexLock lock(&mutex_);
  ready_.insert(std::move(watcher));
}

void WatchHub::Remove(const std::shared_ptr<Watcher>& watcher) {
  absl::MutexLock lock(&mutex_);
  watchers_.erase(watcher);
  ready_.erase(watcher);
  for (auto parked = parked_.begin(); parked != parked_.end();) {
    parked->second.erase(watcher);
    parked = parked->second.empty() ? parked_.erase(parked) : std::next(parked);
  }
}

void WatchHub::Run() {
  const auto has_work = [this] { return stopping_ || !ready_.empty(); };
  while (true) {
    std::shared_ptr<Watcher> watcher;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (stopping_) return;
      watcher = ready_.extract(ready_.begin()).value();
      // Parked before the log is read: a commit that comes in between makes it ready again.
      if (watcher->job_id != 0) parked_[watcher->job_id].insert(watcher);
    }
    Feed(*watcher);
  }
}

EventPage WatchHub::ReadPage(SQLite::Database& connection, int64_t job_id, int64_t cursor) {
  // A log only grows: what lay behind a cursor once lies there still.
  const bool known = newest_page_ != nullptr && newest_page_job_ == job_id &&
                     newest_page_->front().sequence() == cursor + 1;
  if (known) return newest_page_;
  std::vector<v1::TrainingEvent> events = ReadEvents(connection, job_id, cursor, kPageSize);
  if (events.empty()) return nullptr;
  newest_page_ = std::make_shared<const std::vector<v1::TrainingEvent>>(std::move(events));
  newest_page_job_ = job_id;
  return newest_page_;
}

void WatchHub::Feed(Watcher& watcher) {
  if (watcher.is_busy()) return;
  if (const absl::Status permitted = watcher.permit().Check(); !permitted.ok()) {
    watcher.End(ToGrpcStatus(permitted));
    return;
  }
  EventPage page;
  bool ended = false;
  bool first_time = false;
  const absl::Status read = database_.Read([&](SQLite::Database& connection) -> absl::Status {
    if (watcher.job_id == 0) {
      ASSIGN_OR_RETURN(const JobRow found, FindJob(connection, watcher.job_name()));
      watcher.job_id = found.id;
      first_time = true;
    }
    page = ReadPage(connection, watcher.job_id, watcher.cursor());
    if (page == nullptr) {
      ASSIGN_OR_RETURN(const JobRow job, GetJob(connection, watcher.job_id));
      ended = IsTerminal(job.state);
    }
    return absl::OkStatus();
  });
  if (!read.ok()) {
    watcher.End(ToGrpcStatus(read));
  } else if (page != nullptr) {
    watcher.Deliver(std::move(page));
  } else if (ended) {
    watcher.End(grpc::Status::OK);
  } else if (first_time) {
    RequestMore(watcher.shared_from_this());  // once more, parked this time
  }
}

void WatchHub::Shutdown() {
  std::set<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    watchers = watchers_;
  }
  for (const std::shared_ptr<Watcher>& watcher : watchers) {
    watcher->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the daemon is shutting down"));
  }
  watchers.clear();
  if (thread_.joinable()) thread_.join();
}

int64_t WatchHub::watcher_count() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int64_t>(watchers_.size());
}

}  // namespace electra::server
