// Handles signals while the process stops. Terminals and some supervisors send two at once: the
// second one is logged, and current writes are finished. The third ends the process at once, by
// that signal, and the log says what is lost.
//
//   StopSignals more(signals, [&daemon] { return ...; });
//   daemon.Shutdown();
//
// Owns a thread, which waits for signals until this object is destroyed.
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace electra::server {

class StopSignals {
 public:
  // `signals` are blocked in all threads, and one of them has arrived. `unsaved` says what an
  // immediate end would lose now; called from the thread.
  StopSignals(const sigset_t& signals, std::function<std::string()> unsaved);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  void Run();

  const sigset_t signals_;
  const std::function<std::string()> unsaved_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;  // "signals"
};

}  // namespace electra::server
