#include "server/daemon.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "core/base/loopback.h"
#include "core/base/status_macros.h"
#include "core/session/device.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/corpora/idle_uploads.h"
#include "server/metrics/measured_trainer.h"
#include "server/metrics/state_collector.h"
#include "server/rpc/call_interceptor.h"
#include "server/rpc/server_limits.h"
#include "server/services/access_service.h"
#include "server/services/corpus_service.h"
#include "server/services/daemon_service.h"
#include "server/services/finetuning_service.h"
#include "server/services/history_service.h"
#include "server/services/inference_service.h"
#include "server/services/job_service.h"
#include "server/services/model_service.h"
#include "server/services/training_service.h"
#include "server/store/corpora.h"
#include "server/store/started_uploads.h"
#include "server/store/tokens.h"

namespace electra::server {
namespace {

// A single token leaves the others half of the threads, and most of the places of inference.
const Executor::Options kShortWork = {.name = "short", .threads = 4, .most_running_of_one = 2};
const Executor::Options kLongWork = {.name = "long", .threads = 4, .most_running_of_one = 2};
const Executor::Options kFetches = {
    .name = "hub", .threads = 8, .most_running_of_one = 4, .most_waiting_of_one = 16};
const Executor::Options kInference = {
    .name = "inference", .threads = 1, .most_waiting = 64, .most_waiting_of_one = 16};

// How long running calls get to end when the daemon stops.
constexpr std::chrono::seconds kDrainTime{5};

// Its one thread moves to the background before anything trains: until then, the priority cannot be
// changed for a single thread.
std::unique_ptr<Executor> MakeInferenceExecutor() {
  auto executor = std::make_unique<Executor>(kInference);
  Executor::Call first(*executor, "");
  absl::Notification in_background;
  const absl::Status posted = first.Post([&in_background] {
    ComputeInBackground();
    in_background.Notify();
  });
  if (posted.ok()) in_background.WaitForNotification();
  return executor;
}

absl::StatusOr<std::vector<std::filesystem::path>> Canonical(
    const std::vector<std::filesystem::path>& folders) {
  std::vector<std::filesystem::path> canonical;
  for (const std::filesystem::path& folder : folders) {
    std::error_code error;
    canonical.push_back(std::filesystem::canonical(folder, error));
    if (!error) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("--trusted-models ", folder.string(), ": ", error.message()));
  }
  return canonical;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const DaemonOptions& options,
                                                      std::unique_ptr<Trainer> trainer) {
  const bool is_plain = !options.tls.enabled();
  if (!IsLoopbackAddress(options.listen) && is_plain && !options.allow_insecure_remote) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--listen ", options.listen,
        " would let anyone on the network submit jobs and read every corpus: give --tls-cert and "
        "--tls-key, or listen on 127.0.0.1 and use an SSH tunnel, or say --insecure-i-know"));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> credentials,
                   MakeServerCredentials(options.tls));
  ASSIGN_OR_RETURN(std::vector<std::filesystem::path> trusted_model_folders,
                   Canonical(options.trusted_model_folders));
  if (!options.hub.endpoint.empty()) {
    RETURN_IF_ERROR(CheckEndpoint("hub_endpoint", options.hub.endpoint));
  }
  ASSIGN_OR_RETURN(DataDir data_dir, DataDir::Open(options.data_dir));
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                   Database::Open(data_dir.database(), {.reserve = data_dir.disk_reserve()}));
  using Tokens = std::vector<TokenRow>;
  ASSIGN_OR_RETURN(Tokens tokens,
                   database->Read<Tokens>([](Reader& reader) { return ListLiveTokens(reader); }));
  std::unique_ptr<Daemon> daemon(new Daemon(options, std::move(data_dir), std::move(database),
                                            std::move(tokens), std::move(trainer),
                                            std::move(trusted_model_folders)));
  RETURN_IF_ERROR(daemon->SetNotifications(options.notify_url, options.notify_hosts));
  daemon->notifier_->Start();
  RETURN_IF_ERROR(daemon->database_->Write(
      [&](Transaction& transaction) {
        SettleStartedUploads(transaction, daemon->data_dir_.uploads());
        SettleCorpusSizes(transaction, daemon->data_dir_.corpus(""));
        return absl::OkStatus();
      },
      OnFullDisk::kUseReserve));
  RETURN_IF_ERROR(daemon->Serve(options, credentials));
  RETURN_IF_ERROR(daemon->finetuner_->Recover());
  RETURN_IF_ERROR(daemon->scheduler_->Start());
  return daemon;
}

Daemon::Daemon(const DaemonOptions& options, DataDir data_dir, std::unique_ptr<Database> database,
               std::vector<TokenRow> tokens, std::unique_ptr<Trainer> trainer,
               std::vector<std::filesystem::path> trusted_model_folders)
    : data_dir_(std::move(data_dir)),
      collect_uploads_every_(options.collect_uploads_every),
      monitor_(options.devices),
      database_(std::move(database)),
      trainer_(std::make_unique<MeasuredTrainer>(std::move(trainer), metrics_)),
      partial_uploads_(data_dir_.uploads()),
      upload_room_(data_dir_),
      demands_tokens_(options.demand_tokens || options.tls.enabled()),
      gate_(std::make_unique<Gate>(
          Gate::Options{.demands_tokens = demands_tokens_, .now_micros = NowMicros},
          std::move(tokens))),
      refusals_(std::make_unique<RefusalLog>(NowMicros)),
      watch_hub_(std::make_unique<WatchHub>(*database_)),
      notifier_(std::make_unique<Notifier>(*database_, notifications_)),
      inference_cache_({.idle_device = [this] { return IdleDevice(); },
                        .on_device_lost = options.on_device_lost}),
      inference_executor_(MakeInferenceExecutor()),
      finetuner_(std::make_unique<Finetuner>(*database_, *trainer_, data_dir_)),
      scheduler_(std::make_unique<Scheduler>(*database_, *trainer_, data_dir_, Hooks(options))),
      short_work_(std::make_unique<Executor>(kShortWork)),
      long_work_(std::make_unique<Executor>(kLongWork)),
      model_hub_(options.hub),
      fetches_(std::make_unique<Executor>(kFetches)),
      calls_(std::make_unique<Calls>(*gate_, *refusals_, *short_work_, *long_work_, *database_,
                                     metrics_)),
      inference_calls_(std::make_unique<Calls>(*gate_, *refusals_, *inference_executor_,
                                               *long_work_, *database_, metrics_)) {
  SetQuotas(options.corpora_quota, options.checkpoints_quota, options.ended_jobs);
  database_->SetCommitTimer([this](double seconds, bool is_stored) {
    metrics_.AddCommit(seconds, is_stored ? CommitResult::kDone : CommitResult::kFailed);
  });
  database_->SetCommitListener(
      [hub = watch_hub_.get(), notifier = notifier_.get()](const std::set<int64_t>& jobs) {
        hub->Notify(jobs);
        notifier->Wake();
      });
  partial_uploads_.CollectIdle(kKeepPartialUploads, GarbageMode::kRemove);
  AddServices(options, std::move(trusted_model_folders));
}

void Daemon::AddServices(const DaemonOptions& options,
                         std::vector<std::filesystem::path> trusted_model_folders) {
  services_.push_back(
      std::make_unique<CorpusService>(UploadContext{.database = *database_,
                                                    .data_dir = data_dir_,
                                                    .partial_uploads = partial_uploads_,
                                                    .room = upload_room_,
                                                    .quotas = quotas_},
                                      *calls_));
  services_.push_back(std::make_unique<JobService>(JobContext{.database = *database_,
                                                              .scheduler = *scheduler_,
                                                              .trainer = *trainer_,
                                                              .data_dir = data_dir_,
                                                              .quotas = quotas_,
                                                              .notifications = notifications_,
                                                              .room = upload_room_},
                                                   *calls_));
  services_.push_back(
      std::make_unique<FinetuningService>(FinetuningContext{.database = *database_,
                                                            .scheduler = *scheduler_,
                                                            .finetuner = *finetuner_,
                                                            .data_dir = data_dir_,
                                                            .quotas = quotas_},
                                          *calls_));
  services_.push_back(std::make_unique<ModelService>(*database_, data_dir_, upload_room_, *calls_,
                                                     std::move(trusted_model_folders), model_hub_,
                                                     *fetches_));
  services_.push_back(std::make_unique<TrainingService>(*watch_hub_, *calls_));
  services_.push_back(std::make_unique<AccessService>(*database_, *gate_, *calls_));
  services_.push_back(std::make_unique<HistoryService>(*database_, *calls_));
  services_.push_back(std::make_unique<InferenceService>(
      InferenceContext{.database = *database_, .data_dir = data_dir_, .cache = inference_cache_},
      *inference_calls_));
  services_.push_back(std::make_unique<DaemonService>(*database_, *scheduler_, *trainer_, monitor_,
                                                      options.rendezvous, *watch_hub_, data_dir_,
                                                      partial_uploads_, inference_cache_, *calls_));
}

Daemon::~Daemon() { Shutdown(); }

SchedulerHooks Daemon::Hooks(const DaemonOptions& options) {
  return {.launch_ranks =
              options.rendezvous == nullptr ? 0 : options.rendezvous->environment().world_size,
          .quotas = &quotas_,
          .free_memory =
              [this](const std::string& device) {
                const std::optional<DeviceUse> use = monitor_.Read(device);
                return use ? use->memory_free_bytes : -1;
              },
          .on_queue_wait = [this](double seconds) { metrics_.AddQueueWait(seconds); },
          .idle_work =
              [this](const std::string& device, const std::shared_ptr<StopSignal>& stop) {
                return finetuner_->RunNext(device, stop);
              },
          .before_training = [this] { inference_cache_.Drop(); },
          .on_device_lost = options.on_device_lost};
}

std::string Daemon::metrics_address() const {
  return metrics_server_ == nullptr ? "" : metrics_server_->address();
}

void Daemon::SetQuotas(int64_t corpora_bytes, int64_t checkpoints_bytes, int64_t ended_jobs) {
  quotas_.corpora = corpora_bytes;
  quotas_.checkpoints = checkpoints_bytes;
  quotas_.ended_jobs = ended_jobs;
}

void Daemon::CollectUploads() {
  const auto now = std::chrono::steady_clock::now();
  if (absl::FromChrono(now - uploads_collected_) < collect_uploads_every_) return;
  // As an anonymous call, which lives as long as its work.
  const auto call = std::make_shared<Executor::Call>(*long_work_, "");
  const absl::Status posted = call->Post([this, call] {
    const auto removed = CollectIdleUploads(*database_, partial_uploads_, GarbageMode::kRemove);
    if (!removed.ok() || removed->files == 0) return;
    Log(LogLevel::kInfo, "garbage_removed",
        {{"kind", "uploads"},
         {"count", absl::StrCat(removed->files)},
         {"bytes", absl::StrCat(removed->bytes)}});
  });
  if (posted.ok()) uploads_collected_ = now;  // else the next turn does it
}

absl::Duration Daemon::StalledFor() const {
  const std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
  const auto since = std::min(short_work_->stalled_since().value_or(now),
                              database_->writing_since().value_or(now));
  return absl::FromChrono(now - since);
}

void Daemon::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

int64_t Daemon::card_count() const {
  const std::vector<DeviceReport> devices = trainer_->Devices();
  return std::count_if(devices.begin(), devices.end(),
                       [](const DeviceReport& device) { return device.name != "cpu"; });
}

std::string Daemon::IdleDevice() const {
  std::string idle = "cpu";
  for (const DeviceReport& device : trainer_->Devices()) {
    if (device.name == "cpu") continue;
    // What libtorch knows for the whole process is the job's.
    if (!scheduler_->JobsOf(device.name).running_job.empty()) return "cpu";
    if (idle == "cpu") idle = device.name;
  }
  return idle;
}

std::set<std::string> Daemon::training_jobs() const {
  std::set<std::string> jobs;
  for (const DeviceReport& device : trainer_->Devices()) {
    const std::string job = scheduler_->JobsOf(device.name).running_job;
    if (!job.empty()) jobs.insert(job);
  }
  return jobs;
}

absl::Status Daemon::Serve(const DaemonOptions& options,
                           const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  // Neither goes through the gate: health only says that the daemon serves, and reflection, which
  // strangers do not need, is only there where everyone is an admin.
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  const std::string& listen = options.listen;
  ASSIGN_OR_RETURN(connections_, ConnectionGate::Listen({.listen = listen,
                                                         .socket_mode = options.socket_mode,
                                                         .credentials = credentials,
                                                         .keepalive = options.keepalive,
                                                         .metrics = &metrics_,
                                                         .on_lost = options.on_deaf}));
  grpc::ServerBuilder builder;
  if (demands_tokens_) builder.SetOption(std::make_unique<WithoutReflection>());
  AddKeepalive(options.keepalive, builder);
  AddLimits({}, builder);
  connections_->AddTo(builder);
  for (const std::unique_ptr<grpc::Service>& service : services_) {
    builder.RegisterService(service.get());
  }
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(
      std::make_unique<CallInterceptorFactory>(metrics_, connections_->connections()));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return absl::InternalError("gRPC does not start its server");
  connections_->Open();
  if (demands_tokens_ && !gate_->has_live_admin()) {
    Log(LogLevel::kWarning, "no_admin",
        {{"note",
          "no token of an admin is valid: stop the daemon, then `electrad token create "
          "--role admin`"}});
  }
  address_ = IsUnixAddress(listen)
                 ? listen
                 : absl::StrCat(listen.substr(0, listen.rfind(':')), ":", connections_->port());
  if (options.metrics_address.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      metrics_server_,
      MetricsServer::Start(
          options.metrics_address,
          {metrics_.registry(), std::make_shared<StateCollector>(
                                    *database_, [this] { return watch_hub_->watcher_count(); },
                                    data_dir_, *trainer_, monitor_)}));
  return absl::OkStatus();
}

void Daemon::Shutdown() {
  if (server_ == nullptr) return;
  server_->GetHealthCheckService()->SetServingStatus(false);
  scheduler_->Shutdown();
  watch_hub_->Shutdown();
  connections_->Close();
  server_->Shutdown(std::chrono::system_clock::now() + kDrainTime);
  server_.reset();
  connections_.reset();
  inference_executor_.reset();
  metrics_server_.reset();
  fetches_.reset();
  long_work_.reset();  // its calls end as short work
  short_work_.reset();
  notifier_->Shutdown();
  refusals_.reset();  // logs its remaining lines
  Log(LogLevel::kInfo, "stopped");
}

}  // namespace electra::server
