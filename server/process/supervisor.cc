#include "server/process/supervisor.h"

#include <pthread.h>

#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/base/log.h"

namespace electra::server {
namespace {

// A daemon never takes so long between two writes or short calls, whatever its disk.
constexpr absl::Duration kHangs = absl::Minutes(10);

}  // namespace

Supervisor::Supervisor(Daemon& daemon, const ServiceNotifier& notifier, absl::Duration interval)
    : daemon_(daemon),
      notifier_(notifier),
      // Twice within the watchdog's time, so that one late turn does not end the daemon.
      interval_(std::min(interval, notifier.watchdog_interval() / 2)),
      cards_(daemon.devices().has_library() ? daemon.card_count() : 0),
      thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "supervisor");
}

Supervisor::~Supervisor() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  stopped_.NotifyAll();
  thread_.join();
}

void Supervisor::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto is_stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
      if (stopped_.AwaitFor(mutex_, interval_, is_stopping)) return;
    }
    if (IsAlive()) notifier_.Ping();
  }
}

void Supervisor::EnterShutdown() {
  absl::MutexLock lock(&check_mutex_);
  in_shutdown_ = true;
}

bool Supervisor::IsAlive() {
  absl::MutexLock lock(&check_mutex_);
  if (in_shutdown_) return true;
  LookAtCards();
  daemon_.FlushLog();
  daemon_.CollectUploads();
  const absl::Duration stalled = daemon_.StalledFor();
  if (stalled < kHangs) return true;
  Log(LogLevel::kError, "stalled",
      {{"seconds", absl::StrCat(absl::ToInt64Seconds(stalled))},
       {"note", "no call and no write makes progress: the watchdog gets no sign of life"}});
  return false;
}

void Supervisor::LookAtCards() {
  if (cards_ == 0) return;
  const absl::StatusOr<int64_t> count = daemon_.devices().CountDevices();
  const bool are_there = count.ok() && *count >= cards_;
  if (are_there == is_serving_) return;
  is_serving_ = are_there;
  daemon_.SetServing(are_there);
  if (are_there) {
    Log(LogLevel::kInfo, "devices_back", {{"devices", absl::StrCat(cards_)}});
    return;
  }
  Log(LogLevel::kError, "devices_gone",
      {{"were", absl::StrCat(cards_)},
       {"are", count.ok() ? absl::StrCat(*count) : std::string(count.status().message())},
       {"note", "health checks are told that the daemon does not serve; restart it"}});
}

}  // namespace electra::server
