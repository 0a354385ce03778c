// Watchers of jobs: each a cursor over the event log and a wake-up, so that replay and live are
// the same code and a slow reader costs nothing but its own connection.
//
// One thread, "watch", reads the log for all of them: gRPC's threads only change state and start a
// write. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "electra/v1/training.pb.h"
#include "server/access/gate.h"
#include "server/store/database.h"

namespace electra::server {

class Watcher;

// Events of one job in order; shared by the watchers that are at the same place.
using EventPage = std::shared_ptr<const std::vector<v1::TrainingEvent>>;

class WatchHub {
 public:
  // `database` must outlive the hub.
  explicit WatchHub(Database& database);
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  // A stream of the job's events behind `after_sequence`, up to the one that ends the job, or until
  // the permit is not valid any more. gRPC owns it by its own rules: it deletes itself when the
  // call is over.
  grpc::ServerWriteReactor<v1::TrainingEvent>* Watch(StreamPermit permit, std::string job_name,
                                                     int64_t after_sequence);

  // These jobs have new events.
  void Notify(const std::set<int64_t>& jobs);

  // Ends all streams with UNAVAILABLE, so that their clients come back to the next daemon, and
  // waits for the thread.
  void Shutdown();

  int64_t watcher_count() const;

 private:
  friend class Watcher;

  // `watcher` has sent what it had.
  void RequestMore(std::shared_ptr<Watcher> watcher);
  void Remove(const std::shared_ptr<Watcher>& watcher);

  void Run();
  // Gives the watcher its next events, or ends it behind the last of a job that has ended.
  void Feed(Watcher& watcher);
  // What lies behind the cursor, or null.
  EventPage ReadPage(SQLite::Database& connection, int64_t job_id, int64_t cursor);

  Database& database_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
  std::set<std::shared_ptr<Watcher>> ready_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, std::set<std::shared_ptr<Watcher>>> parked_ ABSL_GUARDED_BY(mutex_);

  // Used by thread_ only: watchers that keep up all want the page that was read last.
  EventPage newest_page_;
  int64_t newest_page_job_ = 0;

  std::thread thread_;
};

}  // namespace electra::server
