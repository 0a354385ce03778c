#include "server/process/stop_signals.h"

#include <pthread.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"

namespace electra::server {
namespace {

constexpr int kSignalThatEnds = 3;

// As if the signal had never been handled: a waiting parent process sees which one it was.
void EndBy(int signal_number) {
  signal(signal_number, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal_number);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  raise(signal_number);
}

}  // namespace

StopSignals::StopSignals(const sigset_t& signals, std::function<std::string()> unsaved)
    : signals_(signals), unsaved_(std::move(unsaved)), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "signals");
}

StopSignals::~StopSignals() {
  stopped_ = true;
  pthread_kill(thread_.native_handle(), SIGHUP);  // is waited for, and means nothing here
  thread_.join();
}

void StopSignals::Run() {
  int seen = 1;
  while (true) {
    int signal_number = 0;
    if (sigwait(&signals_, &signal_number) != 0) continue;
    if (signal_number == SIGHUP) {
      if (stopped_) return;
      continue;
    }
    if (++seen < kSignalThatEnds) {
      Log(LogLevel::kWarning, "still_stopping",
          {{"signal", absl::StrCat(signal_number)},
           {"unsaved", unsaved_()},
           {"note", "it is being saved; another signal ends the process at once"}});
      continue;
    }
    Log(LogLevel::kError, "ended_at_once",
        {{"signal", absl::StrCat(signal_number)}, {"lost", unsaved_()}});
    FlushLog();
    EndBy(signal_number);
  }
}

}  // namespace electra::server
