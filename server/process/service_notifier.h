// Tells systemd about the daemon in sd_notify's datagrams; these few lines need no library. Silent
// without NOTIFY_SOCKET.
//
//   ServiceNotifier notifier = ServiceNotifier::FromEnvironment();
//   notifier.Ready("serving on 127.0.0.1:50551");
//
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace electra::server {

class ServiceNotifier {
 public:
  // Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  static ServiceNotifier FromEnvironment();

  // `socket`: a path, or "@" and an abstract name; empty: stays silent.
  ServiceNotifier(std::string socket, absl::Duration watchdog_interval)
      : socket_(std::move(socket)), watchdog_interval_(watchdog_interval) {}

  void Ready(std::string_view status) const;
  // A description of the daemon's current work, for `systemctl status`.
  void SetStatus(std::string_view status) const;
  // The start takes longer: systemd must not give up before `time` has passed.
  void ExtendStart(absl::Duration time) const;
  // Between these two a reload is under way.
  void Reloading() const;
  void Reloaded(std::string_view status) const { Ready(status); }
  void Stopping() const;
  // The daemon is alive.
  void Ping() const;

  // How soon systemd restarts a daemon that does not Ping(); infinite: never.
  absl::Duration watchdog_interval() const { return watchdog_interval_; }

 private:
  void Send(std::string_view message) const;

  std::string socket_;
  absl::Duration watchdog_interval_;
};

}  // namespace electra::server
