#include "server/daemon.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/log.h"
#include "server/services/corpus_service.h"
#include "server/services/daemon_service.h"
#include "server/services/history_service.h"
#include "server/services/job_service.h"
#include "server/services/model_service.h"
#include "server/services/training_service.h"

namespace electra {
namespace {

constexpr int kExecutorThreads = 4;

// Calls that are still out when the daemon stops get so long to end.
constexpr std::chrono::seconds kDrainTime{5};

// The host of HOST:PORT or [HOST]:PORT.
std::string_view HostOf(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
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

void AddKeepalive(grpc::ServerBuilder& builder) {
  // Both ends agree on these: a client that pings more often than it may is cut off.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
}

// What a client may send ahead of what is read. gRPC would let it grow with the speed of the
// network, to tens of megabytes for every upload whose disk is slower.
void BoundReceiveBuffers(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 20);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const DaemonOptions& options,
                                                      std::unique_ptr<Trainer> trainer) {
  if (options.listen.find(':') == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen is \"", options.listen, "\": it must be HOST:PORT"));
  }
  if (!IsLoopback(HostOf(options.listen)) && !options.allow_insecure_remote) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--listen ", options.listen,
        " would let anyone on the network submit jobs: there is no "
        "TLS and there are no tokens yet. Listen on 127.0.0.1 and use an SSH tunnel, or say "
        "--insecure-i-know"));
  }
  ASSIGN_OR_RETURN(std::vector<std::filesystem::path> trusted_model_folders,
                   Canonical(options.trusted_model_folders));
  ASSIGN_OR_RETURN(DataDir data_dir, DataDir::Open(options.data_dir));
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(data_dir.database()));
  std::unique_ptr<Daemon> daemon(new Daemon(options, std::move(data_dir), std::move(database),
                                            std::move(trainer), std::move(trusted_model_folders)));
  RETURN_IF_ERROR(daemon->Serve(options.listen));
  RETURN_IF_ERROR(daemon->scheduler_->Start());
  return daemon;
}

Daemon::Daemon(const DaemonOptions& options, DataDir data_dir, std::unique_ptr<Database> database,
               std::unique_ptr<Trainer> trainer,
               std::vector<std::filesystem::path> trusted_model_folders)
    : data_dir_(std::move(data_dir)),
      database_(std::move(database)),
      trainer_(std::move(trainer)),
      partial_uploads_(data_dir_.uploads()),
      hub_(std::make_unique<WatchHub>(*database_)),
      scheduler_(std::make_unique<Scheduler>(*database_, *trainer_, data_dir_)),
      executor_(std::make_unique<Executor>("service", kExecutorThreads)) {
  database_->SetCommitListener(
      [hub = hub_.get()](const std::set<int64_t>& jobs) { hub->Notify(jobs); });
  partial_uploads_.CollectIdle(kKeepPartialUploads, GarbageMode::kRemove);
  services_.push_back(
      std::make_unique<CorpusService>(UploadContext{.database = *database_,
                                                    .data_dir = data_dir_,
                                                    .partial_uploads = partial_uploads_,
                                                    .corpora_quota = options.corpora_quota},
                                      *executor_));
  services_.push_back(
      std::make_unique<JobService>(*database_, *scheduler_, *trainer_, data_dir_, *executor_,
                                   JobLimits{.checkpoints_quota = options.checkpoints_quota}));
  services_.push_back(std::make_unique<ModelService>(*database_, data_dir_, *executor_,
                                                     std::move(trusted_model_folders)));
  services_.push_back(std::make_unique<TrainingService>(*hub_));
  services_.push_back(std::make_unique<HistoryService>(*database_, *executor_));
  services_.push_back(std::make_unique<DaemonService>(*database_, *scheduler_, *trainer_, *hub_,
                                                      data_dir_, partial_uploads_, *executor_));
}

Daemon::~Daemon() { Shutdown(); }

absl::Status Daemon::Serve(const std::string& listen) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a taken port is an error
  AddKeepalive(builder);
  BoundReceiveBuffers(builder);
  for (const std::unique_ptr<grpc::Service>& service : services_) {
    builder.RegisterService(service.get());
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", listen, ": the port is taken, or the host is none of this machine's"));
  }
  address_ = absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
  return absl::OkStatus();
}

void Daemon::Shutdown() {
  if (server_ == nullptr) return;
  server_->GetHealthCheckService()->SetServingStatus(false);
  scheduler_->Shutdown();
  hub_->Shutdown();
  server_->Shutdown(std::chrono::system_clock::now() + kDrainTime);
  server_.reset();
  executor_.reset();
  Log(LogLevel::kInfo, "stopped");
}

}  // namespace electra
