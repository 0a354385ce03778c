// electrad: the daemon.
#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "core/base/huge_pages.h"  // starts the program again with them
#include "core/ranks/rank_environment.h"
#include "core/session/device.h"
#include "core/trainer.h"
#include "server/base/version.h"
#include "server/process/command_line.h"
#include "server/process/exit_status.h"
#include "server/process/run.h"
#include "server/process/worker.h"

namespace electra::server {
namespace {

template <typename Text>
int Refuse(const Text& problem) {
  std::cerr << "electrad: " << problem << "\n";
  return kExitUsage;
}

// The soft limit of descriptors is 1,024 on most systems, for programs that use select(). More than
// this are useless here: connections are bounded.
void RaiseDescriptorLimit() {
  constexpr rlim_t kEnough = 65'536;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
  limit.rlim_cur = std::min(limit.rlim_max, kEnough);
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Main(int argc, char** argv) {
  // Corpora, models, the history: only this process's user may read the files that it writes.
  umask(0077);
  const sigset_t signals = BlockSignals();
  RaiseDescriptorLimit();
  // gRPC's own log repeats our log in other words; set the variable to see it.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // cuda:N is the same card for CUDA, for the driver's own tools and for the daemon's metrics.
  setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", /*overwrite=*/0);
  PrepareEnvironmentForCuda();

  CommandLine command_line;
  CLI::App app{
      "electrad adapts ELECTRA language models to the text of a domain.\n"
      "It owns corpora, models and a queue of training jobs; `electra` is its client.\n"};
  app.footer(
      "Give each setting by its flag, by the variable in brackets, or in the file of --config,\n"
      "where --data-dir is data_dir; the first of these takes precedence. SIGHUP reads the file\n"
      "again.\n\n"
      "Example:\n"
      "  electrad --data-dir /srv/electrad --listen 127.0.0.1:50551\n"
      "  electrad selftest\n"
      "  electrad token create --data-dir /srv/electrad --name ann --role admin\n"
      "  electrad --data-dir /srv/electrad --listen 0.0.0.0:50551 \\\n"
      "      --tls-cert server.pem --tls-key server.key\n\n"
      "Exit status: 0 stopped, 1 it could not start, 2 arguments or configuration, 75 a device\n"
      "was lost: start the daemon again, its jobs go on.\n\n"
      "With RANK above 0 in the environment it is a worker: see `electrad worker --help`.");
  app.set_version_flag("--version", kVersion);
  AddSettings(app, command_line);
  AddCommands(app, command_line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kExitUsage;
  }
  const absl::StatusOr<LoadedSettings> loaded =
      LoadSettings(command_line.flags, ProcessEnvironment());
  if (!loaded.ok()) return Refuse(loaded.status().message());
  if (command_line.command) return command_line.command(*loaded);
  const absl::StatusOr<std::optional<RankEnvironment>> ranks = ReadRankEnvironment();
  if (!ranks.ok()) return Refuse(ranks.status().message());
  if (*ranks && (*ranks)->rank > 0) {
    RunWorkerProcess(command_line.flags, *loaded, **ranks, signals);
  }
  if (command_line.is_worker) {
    return Refuse(
        "a worker is rank 1 or above of a launch: set RANK, WORLD_SIZE, MASTER_ADDR and "
        "MASTER_PORT, or have a launcher do so (`electrad worker --help`)");
  }
  return RunDaemon(command_line.flags, *loaded, *ranks, signals, CreateTrainer);
}

}  // namespace
}  // namespace electra::server

int main(int argc, char** argv) { return electra::server::Main(argc, argv); }
