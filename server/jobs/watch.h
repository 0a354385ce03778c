// Watchers of jobs: each has a cursor over the event log and a wake-up, so that replayed and live
// events share one path and a slow reader costs only its own connection.
//
// One thread, "watch", reads the log for all of them and ends the ones whose token is no longer
// valid: a watcher itself only changes state and starts a write. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "electra/v1/training.pb.h"
#include "server/access/gate.h"
#include "server/base/monotonic_condition.h"
#include "server/store/database.h"

namespace electra::server {

// Events of one job in order; shared by the watchers that are at the same place.
using EventPage = std::shared_ptr<const std::vector<v1::TrainingEvent>>;

// A client that watches a job, and the way of the events to it. Thread-safe.
class Watcher {
 public:
  Watcher(StreamPermit permit, std::string job_name)
      : permit_(std::move(permit)), job_name_(std::move(job_name)) {}
  virtual ~Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Sequence of the last event that was sent.
  virtual int64_t cursor() const = 0;

  // Sending, or ended: nothing to feed.
  virtual bool is_busy() const = 0;

  // Sends the page's events, then asks for more by WatchHub::RequestMore. `page` is not empty, and
  // the watcher is not busy; one that has ended meanwhile drops it.
  virtual void Deliver(EventPage page) = 0;

  // Takes effect at most once; waits for the current send. OK: the job has ended.
  virtual void End(const absl::Status& status) = 0;

  const StreamPermit& permit() const { return permit_; }
  const std::string& job_name() const { return job_name_; }

 private:
  friend class WatchHub;

  const StreamPermit permit_;
  const std::string job_name_;
  int64_t job_id_ = 0;  // used by the hub's thread only; 0: not looked up yet
};

class WatchHub {
 public:
  // `database` must outlive the hub.
  explicit WatchHub(Database& database);
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  // From now on the watcher gets the job's events after its cursor, up to the one that ends the
  // job, or until its permit is not valid any more.
  void Add(std::shared_ptr<Watcher> watcher);
  // The watcher has sent its events.
  void RequestMore(std::shared_ptr<Watcher> watcher);
  // The watcher is gone.
  void Remove(const std::shared_ptr<Watcher>& watcher);

  // These jobs have new events.
  void Notify(const std::set<int64_t>& jobs);

  // Ends all watchers with Unavailable, so that they come back to the next daemon, and waits for
  // the thread.
  void Shutdown();

  int64_t watcher_count() const;

 private:
  void Run();
  // Ends watchers whose permit is not valid any more, even when their jobs are silent.
  void EndRefused();
  // Gives the watcher its next events, or ends it after the last of a job that has ended.
  void Feed(const std::shared_ptr<Watcher>& watcher);
  // The events after the cursor, or null.
  EventPage ReadPage(Reader& reader, int64_t job_id, int64_t cursor);

  Database& database_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
  std::set<std::shared_ptr<Watcher>> ready_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, std::set<std::shared_ptr<Watcher>>> parked_ ABSL_GUARDED_BY(mutex_);
  MonotonicCondition woken_;  // stopping_ or ready_ changed

  // Used by thread_ only: watchers that keep up all want the page that was read last.
  EventPage newest_page_;
  int64_t newest_page_job_ = 0;

  std::thread thread_;
};

}  // namespace electra::server
