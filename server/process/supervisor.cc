#include "server/process/supervisor.h"

#include <pthread.h>

#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/base/log.h"

namespace electra::server {

Supervisor::Supervisor(Daemon& daemon, const ServiceNotifier& notifier, absl::Duration interval)
    : daemon_(daemon),
      notifier_(notifier),
      // Twice within the watchdog's time, so that one late turn is no end.
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
      if (stopped_.AwaitFor(mutex_, interval_, [this] { return stopping_; })) return;
    }
    Check();
    notifier_.Ping();
  }
}

void Supervisor::EnterShutdown() {
  absl::MutexLock lock(&check_mutex_);
  in_shutdown_ = true;
}

void Supervisor::Check() {
  absl::MutexLock lock(&check_mutex_);
  if (in_shutdown_) return;
  LookAtCards();
  daemon_.FlushLog();
  if (notifier_.watchdog_interval() == absl::InfiniteDuration()) return;
  // A full disk is an answer too: a restart would not make it any emptier.
  daemon_.CheckResponds().IgnoreError();
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
