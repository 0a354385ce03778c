#include "server/process/run.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "core/base/loopback.h"
#include "core/base/status_macros.h"
#include "core/ranks/rendezvous.h"
#include "server/base/log.h"
#include "server/base/version.h"
#include "server/config/setting_value.h"
#include "server/daemon.h"
#include "server/process/exit_status.h"
#include "server/process/service_notifier.h"
#include "server/process/stop_signals.h"
#include "server/process/supervisor.h"
#include "server/process/worker.h"

namespace electra::server {
namespace {

// How often a daemon that waits for its devices asks for them, and how often it says so.
constexpr absl::Duration kAskEvery = absl::Seconds(2);
constexpr int kSayEvery = 30;  // turns

// After the loss of a device, the daemon has so long to write checkpoints of other devices.
constexpr std::chrono::seconds kLastMinute{60};

DaemonOptions OptionsOf(const Settings& settings) {
  DaemonOptions options;
  options.data_dir = settings.data_dir;
  options.listen = settings.listen;
  options.socket_mode = settings.socket_mode == "0660" ? 0660 : 0600;
  options.allow_insecure_remote = settings.insecure_i_know;
  options.trusted_model_folders.assign(settings.trusted_models.begin(),
                                       settings.trusted_models.end());
  options.corpora_quota = settings.corpora_quota;
  options.checkpoints_quota = settings.checkpoints_quota;
  options.ended_jobs = settings.ended_jobs;
  options.keepalive = absl::Seconds(settings.keepalive);
  options.tls.certificate = settings.tls_cert;
  options.tls.key = settings.tls_key;
  options.tls.client_ca = settings.tls_client_ca;
  options.demand_tokens = settings.require_tokens;
  options.metrics_address = settings.metrics_address;
  options.notify_url = settings.notify_url;
  options.notify_hosts = settings.notify_hosts;
  options.hub.program = "electrad";
  options.hub.version = kVersion;
  options.hub.endpoint = settings.hub_endpoint;
  // A secret, which no list of settings shows.
  if (const char* token = std::getenv("HF_TOKEN"); token != nullptr) options.hub.token = token;
  if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr) options.hub.ca_file = file;
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES"); visible != nullptr) {
    options.devices.visible_devices = visible;
  }
  return options;
}

// Says what --insecure-i-know means where nobody can overlook it.
void WarnOfInsecurity(const DaemonOptions& options, const std::string& address) {
  if (options.tls.enabled() || IsLoopbackAddress(address)) return;
  const std::string note =
      options.demand_tokens
          ? "without TLS everyone on the way reads tokens, corpora and models, and can use them"
          : "without TLS and tokens anyone who reaches this address is an admin";
  std::cerr << "electrad: WARNING: " << address << " is not this machine's own: " << note << "\n";
  Log(LogLevel::kWarning, "insecure", {{"listen", address}, {"note", note}});
}

void ApplyLogSettings(const Settings& settings) {
  SetLogLevel(settings.log_level);
  SetLogFormat(settings.log_format);
}

// The signal that came within `time`; 0: none.
int WaitForSignal(const sigset_t& signals, absl::Duration time) {
  const timespec limit = absl::ToTimespec(time);
  const int signal = sigtimedwait(&signals, nullptr, &limit);
  return signal < 0 ? 0 : signal;
}

// Waits until the driver reports the expected number of cards. False: a signal came first.
//
// CUDA must not be used before: it looks for cards once, and where the driver is late, finds none
// for the rest of the process.
bool WaitForDevices(int64_t wanted, const DeviceMonitor::Options& options,
                    const ServiceNotifier& notifier, const sigset_t& signals) {
  const DeviceMonitor monitor(options);
  for (int turn = 0;; ++turn) {
    const absl::StatusOr<int64_t> count = monitor.CountDevices();
    if (count.ok() && *count >= wanted) return true;
    const std::string what =
        absl::StrCat("waiting for ", wanted, " CUDA device", wanted == 1 ? "" : "s", ": ",
                     count.ok() ? absl::StrCat(*count, " answer", *count == 1 ? "s" : "")
                                : std::string(count.status().message()));
    notifier.SetStatus(what);
    notifier.ExtendStart(3 * kAskEvery + absl::Seconds(30));
    if (turn % kSayEvery == 0) Log(LogLevel::kWarning, "waiting_for_devices", {{"note", what}});
    const int signal = WaitForSignal(signals, kAskEvery);
    if (signal == SIGTERM || signal == SIGINT) return false;
  }
}

// Where libtorch has CUDA, somebody expects cards: jobs that do not ask for one would silently
// train on the processor.
void SayWhereCardsAreMissing(const Daemon& daemon, const DeviceMonitor::Options& options) {
#ifdef ELECTRA_LIBTORCH_HAS_CUDA
  if (daemon.card_count() > 0) return;
  const absl::StatusOr<int64_t> count = DeviceMonitor(options).CountDevices();
  Log(LogLevel::kWarning, "no_cuda_device",
      {{"driver", count.ok() ? absl::StrCat(*count, " devices answer")
                             : std::string(count.status().message())},
       {"note", "libtorch finds no card: jobs train on the processor; wait_for_devices waits"}});
#else
  (void)daemon, (void)options;
#endif
}

absl::Status CheckCards(const Daemon& daemon, int64_t expected) {
  if (daemon.card_count() < expected) {
    return absl::FailedPreconditionError(
        absl::StrCat("wait_for_devices is ", expected, ", but libtorch finds ", daemon.card_count(),
                     " CUDA devices: is this a build for CUDA, and is the driver new "
                     "enough for it?"));
  }
  return absl::OkStatus();
}

// The first line on standard output tells programs that the daemon serves.
void SayServing(const Daemon& daemon, const DaemonOptions& options) {
  WarnOfInsecurity(options, daemon.address());
  std::cout << "listening on " << daemon.address() << std::endl;
  Log(LogLevel::kInfo, "serving",
      {{"address", daemon.address()},
       {"metrics_address", daemon.metrics_address()},
       {"data_dir", options.data_dir.string()},
       {"cuda_devices", absl::StrCat(daemon.card_count())},
       {"version", kVersion}});
  SayWhereCardsAreMissing(daemon, options.devices);
}

// Applies a changed file from here on, where that is possible.
void TakeNewSettings(const GivenFlags& flags, LoadedSettings& current, Daemon& daemon) {
  absl::StatusOr<LoadedSettings> loaded = LoadSettings(flags, ProcessEnvironment());
  if (!loaded.ok()) {
    Log(LogLevel::kError, "reload_refused",
        {{"error", std::string(loaded.status().message())},
         {"note", "the previous settings stay in force"}});
    return;
  }
  for (const Setting& setting : SettingTable()) {
    const std::string before = ValueText(setting, current.values);
    const std::string now = ValueText(setting, loaded->values);
    if (before == now) continue;
    const bool is_taken = setting.reload == Reload::kBySignal;
    const bool is_secret = setting.kind == ValueKind::kWebhook;
    Log(is_taken ? LogLevel::kInfo : LogLevel::kWarning,
        is_taken ? "setting_changed" : "setting_needs_restart",
        {{"setting", std::string(setting.key)},
         {"from", is_secret ? "(secret)" : before},
         {"to", is_secret ? "(secret)" : now}});
    // Changes that need a restart are reported again at the next reload.
    if (is_taken) CopyValue(setting, loaded->values, &current.values);
  }
  daemon.SetQuotas(loaded->values.corpora_quota, loaded->values.checkpoints_quota,
                   loaded->values.ended_jobs);
  if (const absl::Status set =
          daemon.SetNotifications(loaded->values.notify_url, loaded->values.notify_hosts);
      !set.ok()) {
    Log(LogLevel::kError, "reload_refused", {{"error", std::string(set.message())}});
  }
  ApplyLogSettings(loaded->values);
  Log(LogLevel::kInfo, "reloaded");
}

// Why the daemon stops, by itself or on request.
struct Ending {
  std::atomic<bool> is_stopping = false;
  std::atomic<bool> device_lost = false;
  std::atomic<bool> is_deaf = false;

  // Wakes the main thread, unless that was woken before.
  void Begin() {
    if (!is_stopping.exchange(true)) kill(getpid(), SIGTERM);
  }
};

// Jobs on other devices get time to write their checkpoints. The driver of the lost device may
// hang: then the process ends without them.
void EndAfterDeviceLoss(Ending& ending) {
  ending.device_lost = true;
  std::thread([] {
    std::this_thread::sleep_for(kLastMinute);
    FlushLog();
    _exit(kExitDeviceLost);
  }).detach();
  ending.Begin();
}

// A daemon that has lost a device, or that nobody can reach, stops.
void StopWhereUseless(Ending& ending, DaemonOptions& options) {
  options.on_device_lost = [&ending](const std::string& device, const std::string& error) {
    Log(LogLevel::kError, "device_lost", {{"device", device}, {"error", error}});
    EndAfterDeviceLoss(ending);
  };
  options.on_deaf = [&ending](const std::string& error) {
    Log(LogLevel::kError, "deaf",
        {{"error", error}, {"note", "nobody can connect any more: restart the daemon"}});
    ending.is_deaf = true;
    ending.Begin();
  };
}

std::string UnsavedOf(const Daemon& daemon) {
  const std::set<std::string> jobs = daemon.training_jobs();
  if (jobs.empty()) return "nothing";
  return absl::StrCat("the steps since their last checkpoints of jobs ", absl::StrJoin(jobs, ", "));
}

int Fail(const absl::Status& status) {
  std::cerr << "electrad: " << status.message() << "\n";
  return kExitFailed;
}

}  // namespace

sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal_number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal_number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

int RunDaemon(const GivenFlags& flags, const LoadedSettings& loaded,
              const std::optional<RankEnvironment>& ranks, const sigset_t& signals,
              const MakeTrainer& make_trainer) {
  LoadedSettings current = loaded;
  const Settings& settings = current.values;
  ApplyLogSettings(settings);
  if (ranks) SetLogFields({{"rank", absl::StrCat(ranks->rank)}});
  for (const std::string& variable : loaded.unknown_variables) {
    Log(LogLevel::kWarning, "unknown_variable", {{"name", variable}});
  }
  const ServiceNotifier notifier = ServiceNotifier::FromEnvironment();
  Ending ending;
  DaemonOptions options = OptionsOf(settings);
  StopWhereUseless(ending, options);
  if (settings.wait_for_devices > 0 &&
      !WaitForDevices(settings.wait_for_devices, options.devices, notifier, signals)) {
    return kExitDone;
  }
  std::unique_ptr<Rendezvous> rendezvous;  // outlives the daemon
  if (ranks) {
    absl::StatusOr<std::unique_ptr<Rendezvous>> opened =
        Rendezvous::Open(*ranks, RankOptionsOf(settings));
    if (!opened.ok()) return Fail(opened.status());
    rendezvous = *std::move(opened);
    options.rendezvous = rendezvous.get();
  }
  absl::StatusOr<std::unique_ptr<Daemon>> daemon =
      Daemon::Start(options, make_trainer({.threads = static_cast<int>(settings.threads),
                                           .resident_bytes = settings.resident_models,
                                           .ranks = rendezvous.get()}));
  if (!daemon.ok()) return Fail(daemon.status());
  if (const absl::Status found = CheckCards(**daemon, settings.wait_for_devices); !found.ok()) {
    return Fail(found);
  }
  const std::string serving = absl::StrCat("serving on ", (*daemon)->address());
  SayServing(**daemon, options);
  notifier.Ready(serving);
  int signal_number = 0;
  Supervisor supervisor(**daemon, notifier);
  while (sigwait(&signals, &signal_number) != 0 || signal_number == SIGHUP) {
    notifier.Reloading();
    TakeNewSettings(flags, current, **daemon);
    notifier.Reloaded(serving);
  }
  ending.is_stopping = true;
  supervisor.EnterShutdown();
  notifier.Stopping();
  Log(LogLevel::kInfo, "stopping", {{"signal", std::to_string(signal_number)}});
  {
    const StopSignals more(signals, [&daemon] { return UnsavedOf(**daemon); });
    (*daemon)->Shutdown();
  }
  if (ending.device_lost) {
    // Nothing more is asked of the driver, not even to be unloaded.
    FlushLog();
    _exit(kExitDeviceLost);
  }
  return ending.is_deaf ? kExitFailed : kExitDone;
}

}  // namespace electra::server
