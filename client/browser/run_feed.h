// A live job for its page: `run` has everything, and `more` the news since.
//
//   RunFeed feed(connection.options(), environment, language, "jobs/7f3a");
//
// A thread of its own follows the job's events over connections that break, as `electra watch`
// does, because reading a stream blocks. It has a connection of its own, so that closing a page
// ends only that page's calls.
//
// Next() belongs to one thread. Ownership: owns connection and thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/browser/feed.h"
#include "client/environment/environment.h"
#include "client/live/watcher.h"
#include "client/rpc/connection.h"
#include "client/views/html_report.h"
#include "nlohmann/json.hpp"

namespace electra::client {

class RunFeed : public Feed, private EventSink {
 public:
  // `random`: uniform in [0, 1); the feed's thread calls it.
  RunFeed(const Connection::Options& server, const Environment& environment,
          std::function<double()> random, Language language, const std::string& job);
  ~RunFeed() override;
  RunFeed(const RunFeed&) = delete;
  RunFeed& operator=(const RunFeed&) = delete;

  std::string Next() override;

 private:
  void OnEvent(const v1::TrainingEvent& event) override;
  void OnConnectionLost(absl::Duration pause, int attempt, int limit) override;
  void OnRetry() override;

  void Follow();
  void Take(const v1::TrainingEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FetchJob();
  void FetchConfusions();
  bool HasNews() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string News() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string job_;
  Interruption interruption_;
  Connection connection_;
  Environment environment_;

  // The following thread's own: events up to here are of the past and are told as one. -1: not
  // known.
  int64_t present_ = -1;

  absl::Mutex mutex_;
  HtmlReport report_ ABSL_GUARDED_BY(mutex_);
  bool is_present_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_changed_ ABSL_GUARDED_BY(mutex_) = true;
  bool tells_all_ ABSL_GUARDED_BY(mutex_) = true;
  std::vector<v1::Sample> samples_ ABSL_GUARDED_BY(mutex_);  // not told yet
  bool is_lost_ ABSL_GUARDED_BY(mutex_) = false;
  bool told_lost_ ABSL_GUARDED_BY(mutex_) = false;
  nlohmann::json refusal_ ABSL_GUARDED_BY(mutex_);  // not told yet; null: none

  absl::Time told_ = absl::InfinitePast();  // used by the thread that asks

  std::thread thread_;  // last: it uses everything above
};

}  // namespace electra::client
