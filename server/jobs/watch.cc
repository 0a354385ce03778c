#include "server/jobs/watch.h"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/errors.h"
#include "server/store/events.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"

namespace electra::server {
namespace {

// Events read at once for one watcher. Bounds a watcher's memory.
constexpr int kPageSize = 64;

// A revoked or expired token ends its streams within this time.
constexpr absl::Duration kLookAtPermits = absl::Milliseconds(500);

}  // namespace

WatchHub::WatchHub(Database& database) : database_(database), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "watch");
}

WatchHub::~WatchHub() { Shutdown(); }

void WatchHub::Add(std::shared_ptr<Watcher> watcher) {
  bool stopping = false;
  {
    absl::MutexLock lock(&mutex_);
    stopping = stopping_;
    watchers_.insert(watcher);
    ready_.insert(watcher);
  }
  woken_.NotifyAll();
  if (stopping) watcher->End(Error(absl::StatusCode::kUnavailable, ShuttingDown()));
}

void WatchHub::Notify(const std::set<int64_t>& jobs) {
  {
    absl::MutexLock lock(&mutex_);
    for (int64_t job : jobs) {
      const auto parked = parked_.find(job);
      if (parked == parked_.end()) continue;
      ready_.merge(parked->second);
      parked_.erase(parked);
    }
  }
  woken_.NotifyAll();
}

void WatchHub::RequestMore(std::shared_ptr<Watcher> watcher) {
  {
    absl::MutexLock lock(&mutex_);
    ready_.insert(std::move(watcher));
  }
  woken_.NotifyAll();
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
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !ready_.empty();
  };
  auto looked = std::chrono::steady_clock::now();
  while (true) {
    std::shared_ptr<Watcher> watcher;
    {
      absl::MutexLock lock(&mutex_);
      woken_.AwaitFor(mutex_, kLookAtPermits, has_work);
      if (stopping_) return;
      if (!ready_.empty()) watcher = ready_.extract(ready_.begin()).value();
      // Parked before the log is read: a commit in between makes it ready again.
      if (watcher != nullptr && watcher->job_id_ != 0) parked_[watcher->job_id_].insert(watcher);
    }
    if (watcher != nullptr) Feed(watcher);
    const auto now = std::chrono::steady_clock::now();
    if (absl::FromChrono(now - looked) < kLookAtPermits) continue;
    looked = now;
    EndRefused();
  }
}

void WatchHub::EndRefused() {
  std::set<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    watchers = watchers_;
  }
  for (const std::shared_ptr<Watcher>& watcher : watchers) {
    if (const absl::Status permitted = watcher->permit().Check(); !permitted.ok()) {
      watcher->End(permitted);
    }
  }
}

EventPage WatchHub::ReadPage(Reader& reader, int64_t job_id, int64_t cursor) {
  // A log only grows: events after a cursor stay after it.
  const bool known = newest_page_ != nullptr && newest_page_job_ == job_id &&
                     newest_page_->front().sequence() == cursor + 1;
  if (known) return newest_page_;
  std::vector<v1::TrainingEvent> events = ReadEvents(reader, job_id, cursor, kPageSize);
  if (events.empty()) return nullptr;
  newest_page_ = std::make_shared<const std::vector<v1::TrainingEvent>>(std::move(events));
  newest_page_job_ = job_id;
  return newest_page_;
}

void WatchHub::Feed(const std::shared_ptr<Watcher>& watcher) {
  if (watcher->is_busy()) return;
  if (const absl::Status permitted = watcher->permit().Check(); !permitted.ok()) {
    watcher->End(permitted);
    return;
  }
  EventPage page;
  bool ended = false;
  bool first_time = false;
  const absl::Status read = database_.Read([&](Reader& reader) -> absl::Status {
    if (watcher->job_id_ == 0) {
      ASSIGN_OR_RETURN(const JobRow found, FindJob(reader, watcher->job_name()));
      watcher->job_id_ = found.id;
      first_time = true;
    }
    page = ReadPage(reader, watcher->job_id_, watcher->cursor());
    if (page == nullptr) {
      ASSIGN_OR_RETURN(const JobRow job, GetJob(reader, watcher->job_id_));
      ended = IsTerminal(job.state);
    }
    return absl::OkStatus();
  });
  if (!read.ok()) {
    watcher->End(read);
  } else if (page != nullptr) {
    watcher->Deliver(std::move(page));
  } else if (ended) {
    watcher->End(absl::OkStatus());
  } else if (first_time) {
    RequestMore(watcher);  // once more, parked this time
  }
}

void WatchHub::Shutdown() {
  std::set<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    watchers = watchers_;
  }
  woken_.NotifyAll();
  for (const std::shared_ptr<Watcher>& watcher : watchers)
    watcher->End(Error(absl::StatusCode::kUnavailable, ShuttingDown()));
  watchers.clear();
  if (thread_.joinable()) thread_.join();
}

int64_t WatchHub::watcher_count() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int64_t>(watchers_.size());
}

}  // namespace electra::server
