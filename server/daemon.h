// The whole daemon: data folder, database, scheduler, watchers, services, in one object.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Daemon> daemon, Daemon::Start(options, std::move(trainer)));
//   ... daemon->address() ...
//   daemon->Shutdown();
#pragma once

#include <grpcpp/server.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/download/hub.h"
#include "core/ranks/rendezvous.h"
#include "core/trainer.h"
#include "server/access/gate.h"
#include "server/base/data_dir.h"
#include "server/base/executor.h"
#include "server/base/upload_room.h"
#include "server/corpora/partial_uploads.h"
#include "server/jobs/finetuner.h"
#include "server/jobs/notifier.h"
#include "server/jobs/scheduler.h"
#include "server/jobs/watch.h"
#include "server/metrics/device_monitor.h"
#include "server/metrics/metrics.h"
#include "server/metrics/metrics_server.h"
#include "server/models/inference_cache.h"
#include "server/notify/policy.h"
#include "server/rpc/calls.h"
#include "server/rpc/connection_gate.h"
#include "server/rpc/tls.h"
#include "server/store/database.h"
#include "server/store/quotas.h"

namespace electra::server {

struct DaemonOptions {
  std::filesystem::path data_dir;
  std::string listen = "127.0.0.1:50551";  // port 0 takes a free one; or unix:PATH
  mode_t socket_mode = 0600;               // of PATH
  // Without TLS only loopback addresses are listened on, unless this is set.
  bool allow_insecure_remote = false;
  // Folders from which clients may import models by naming a path on this machine.
  std::vector<std::filesystem::path> trusted_model_folders;
  // Where models are fetched from.
  Hub::Options hub;
  int64_t corpora_quota = 0;      // bytes; 0: what the disk holds
  int64_t checkpoints_quota = 0;  // bytes of all jobs; 0: what the disk holds
  int64_t ended_jobs = 10'000;    // that a token may keep; 0: any number
  // How often interrupted uploads are collected.
  absl::Duration collect_uploads_every = absl::Hours(1);
  // A client that is silent for this long is pinged; one that does not answer for as long again is
  // gone. Clients may ask six times as often.
  absl::Duration keepalive = absl::Minutes(1);
  TlsOptions tls;
  // Every call needs a token. With TLS this is always so; without, anyone who reaches the address
  // is an admin.
  bool demand_tokens = false;
  std::string metrics_address;            // HOST:PORT; empty: no metrics are served
  std::string notify_url;                 // a webhook that is told of every job; empty: none
  std::vector<std::string> notify_hosts;  // that users' webhooks may be on
  DeviceMonitor::Options devices;
  // The launch that this process is rank 0 of; null: there is none. Must outlive the daemon.
  const Rendezvous* rendezvous = nullptr;
  // Called on a thread that trains, once: the process must shut the daemon down and end.
  std::function<void(const std::string& device, const std::string& error)> on_device_lost;
  // Called once when nobody can connect any more: the process must be restarted.
  std::function<void(const std::string& error)> on_deaf;
};

class Daemon {
 public:
  // FailedPrecondition: another daemon has the data folder, the database has a newer version, or
  // the address is not a loopback one. InvalidArgument: the files for TLS. Unavailable: the address
  // is taken.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const DaemonOptions& options,
                                                       std::unique_ptr<Trainer> trainer);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // HOST:PORT with the actual port, or unix:PATH.
  const std::string& address() const { return address_; }

  // Empty where no metrics are served.
  std::string metrics_address() const;

  // From now on; 0: what the disk holds, and any number of ended jobs.
  void SetQuotas(int64_t corpora_bytes, int64_t checkpoints_bytes, int64_t ended_jobs);

  // From now on, as in DaemonOptions. InvalidArgument: one of them; then nothing changes.
  absl::Status SetNotifications(const std::string& url, const std::vector<std::string>& hosts) {
    return notifications_.Set(url, hosts);
  }

  // How long short calls have waited for a thread to take one, or the database's writer has been
  // busy with one transaction, whichever is longer. Does not wait for either.
  absl::Duration StalledFor() const;

  // Logs the refusals that have only been counted so far; call it every few seconds.
  void FlushLog() { refusals_->Flush(); }

  // Removes the remains of interrupted uploads, where that is due; one thread calls it every few
  // seconds.
  void CollectUploads();

  // What health checks report.
  void SetServing(bool serving);

  const DeviceMonitor& devices() const { return monitor_; }
  // CUDA devices that jobs can have.
  int64_t card_count() const;

  // Names of the jobs that train now, also while the daemon shuts down.
  std::set<std::string> training_jobs() const;

  // Not serving any more; running jobs write a checkpoint and wait for the next daemon; streams end
  // with UNAVAILABLE. Returns when everything is on the disk.
  void Shutdown();

 private:
  Daemon(const DaemonOptions& options, DataDir data_dir, std::unique_ptr<Database> database,
         std::vector<TokenRow> tokens, std::unique_ptr<Trainer> trainer,
         std::vector<std::filesystem::path> trusted_model_folders);
  SchedulerHooks Hooks(const DaemonOptions& options);
  void AddServices(const DaemonOptions& options,
                   std::vector<std::filesystem::path> trusted_model_folders);
  // Where inference computes: a card while no job has one, else "cpu".
  std::string IdleDevice() const;
  absl::Status Serve(const DaemonOptions& options,
                     const std::shared_ptr<grpc::ServerCredentials>& credentials);

  // In the order of construction; each uses the ones above it.
  DataDir data_dir_;
  Metrics metrics_;
  Quotas quotas_;
  NotificationPolicy notifications_;
  const absl::Duration collect_uploads_every_;
  std::chrono::steady_clock::time_point uploads_collected_ = std::chrono::steady_clock::now();
  const DeviceMonitor monitor_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Trainer> trainer_;
  PartialUploads partial_uploads_;
  UploadRoom upload_room_;
  const bool demands_tokens_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<RefusalLog> refusals_;
  std::unique_ptr<WatchHub> watch_hub_;
  std::unique_ptr<Notifier> notifier_;
  InferenceCache inference_cache_;
  std::unique_ptr<Executor> inference_executor_;  // of one thread, in the background
  std::unique_ptr<Finetuner> finetuner_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Executor> short_work_;
  std::unique_ptr<Executor> long_work_;
  const Hub model_hub_;
  std::unique_ptr<Executor> fetches_;  // from the model hub: they wait for hours, with little work
  std::unique_ptr<Calls> calls_;
  std::unique_ptr<Calls> inference_calls_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<ConnectionGate> connections_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::unique_ptr<MetricsServer> metrics_server_;
};

}  // namespace electra::server
