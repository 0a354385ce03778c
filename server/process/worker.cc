#include "server/process/worker.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/base/version.h"
#include "server/process/exit_status.h"
#include "server/process/service_notifier.h"
#include "server/process/stop_signals.h"

namespace electra::server {
namespace {

void ReloadLogSettings(const GivenFlags& flags) {
  const absl::StatusOr<LoadedSettings> loaded = LoadSettings(flags, ProcessEnvironment());
  if (!loaded.ok()) {
    Log(LogLevel::kError, "reload_refused", {{"error", std::string(loaded.status().message())}});
    return;
  }
  SetLogLevel(loaded->values.log_level);
  SetLogFormat(loaded->values.log_format);
  Log(LogLevel::kInfo, "reloaded");
}

void LogSentence(Severity severity, std::string_view text) {
  Log(severity == Severity::kError     ? LogLevel::kError
      : severity == Severity::kWarning ? LogLevel::kWarning
                                       : LogLevel::kInfo,
      "worker", {{"note", std::string(text)}});
}

int ExitStatusOf(const absl::Status& status) {
  if (status.ok()) return kExitDone;
  std::cerr << "electrad: " << status.message() << std::endl;
  if (IsDeviceLost(status)) return kExitDeviceLost;
  return absl::IsNotFound(status) ? kExitUsage : kExitFailed;
}

}  // namespace

RankOptions RankOptionsOf(const Settings& settings) {
  return {.collective_timeout = std::chrono::seconds(settings.rank_timeout),
          .join_timeout = std::chrono::seconds(settings.rank_join_timeout)};
}

[[noreturn]] void RunWorkerProcess(const GivenFlags& flags, const LoadedSettings& loaded,
                                   const RankEnvironment& environment, const sigset_t& signals) {
  SetLogLevel(loaded.values.log_level);
  SetLogFormat(loaded.values.log_format);
  SetLogFields({{"rank", absl::StrCat(environment.rank)}});
  Log(LogLevel::kInfo, "worker_started",
      {{"ranks", absl::StrCat(environment.world_size)},
       {"master", absl::StrCat(environment.master_addr, ":", environment.master_port)},
       {"version", kVersion}});
  StopSignal stop;
  std::atomic<bool> is_stopping = false;
  absl::Status status;
  std::thread worker([&] {
    status = RunWorker(environment,
                       {.threads = static_cast<int>(loaded.values.threads),
                        .ranks = RankOptionsOf(loaded.values),
                        .log = LogSentence},
                       stop);
    // Wakes the main thread, unless that was woken by a signal before.
    if (!is_stopping.exchange(true)) kill(getpid(), SIGTERM);
  });
  const ServiceNotifier notifier = ServiceNotifier::FromEnvironment();
  notifier.Ready(absl::StrCat("rank ", environment.rank, " of ", environment.world_size));
  int signal_number = 0;
  while (sigwait(&signals, &signal_number) != 0 || signal_number == SIGHUP) {
    ReloadLogSettings(flags);
  }
  const StopSignals more(signals, [] { return "the step that all ranks compute"; });
  if (!is_stopping.exchange(true)) {
    notifier.Stopping();
    Log(LogLevel::kInfo, "stopping", {{"signal", absl::StrCat(signal_number)}});
    stop.Request(StopReason::kShutdown);
  }
  worker.join();
  Log(LogLevel::kInfo, "stopped");
  // Nothing here needs cleaning up: there is no file, and a broken driver may hang.
  FlushLog();
  _exit(ExitStatusOf(status));
}

}  // namespace electra::server
