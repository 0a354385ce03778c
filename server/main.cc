// electrad: the daemon.
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "core/trainer.h"
#include "server/check.h"
#include "server/daemon.h"
#include "server/log.h"
#include "server/store/backup.h"
#include "server/token_command.h"
#include "server/version.h"

namespace electra {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitFailed = 1;

// Signals are taken by one thread that waits for them, never by a handler. To be called before any
// other thread starts, since threads inherit the mask.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// What --insecure-i-know stands for, said where nobody can overlook it.
void WarnOfInsecurity(const DaemonOptions& options, const std::string& address) {
  if (options.tls.enabled() || IsLoopbackAddress(address)) return;
  const std::string note =
      options.demand_tokens
          ? "without TLS everyone on the way reads tokens, corpora and models, and can use them"
          : "without TLS and tokens anyone who reaches this address is an admin";
  std::cerr << "electrad: WARNING: " << address << " is not this machine's own: " << note << "\n";
  Log(LogLevel::kWarning, "insecure", {{"listen", address}, {"note", note}});
}

int Run(const DaemonOptions& options, const TrainerOptions& trainer_options,
        const sigset_t& signals) {
  absl::StatusOr<std::unique_ptr<Daemon>> daemon =
      Daemon::Start(options, CreateTrainer(trainer_options));
  if (!daemon.ok()) {
    std::cerr << "electrad: " << daemon.status().message() << "\n";
    return kExitFailed;
  }
  WarnOfInsecurity(options, (*daemon)->address());
  std::cout << "listening on " << (*daemon)->address() << std::endl;
  Log(LogLevel::kInfo, "serving",
      {{"address", (*daemon)->address()},
       {"data_dir", options.data_dir.string()},
       {"version", kVersion}});

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  Log(LogLevel::kInfo, "stopping", {{"signal", std::to_string(signal_number)}});
  // A second signal ends the process at once, as a person who repeats it expects.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*daemon)->Shutdown();
  return 0;
}

int Backup(const std::filesystem::path& data_dir, const std::string& file) {
  const absl::Status status = BackupDatabase(data_dir / "electrad.db", file);
  if (status.ok()) return 0;
  std::cerr << "electrad: " << status.message() << "\n";
  return kExitFailed;
}

int Check(const std::filesystem::path& data_dir) {
  const absl::StatusOr<CheckReport> report = CheckDataFolder(data_dir);
  if (!report.ok()) {
    std::cerr << "electrad: " << report.status().message() << "\n";
    return kExitFailed;
  }
  for (const std::string& problem : report->problems) std::cout << "problem: " << problem << "\n";
  for (const std::string& orphan : report->orphans) std::cout << "orphan: " << orphan << "\n";
  std::cout << "checked corpora " << report->corpora << ", jobs " << report->jobs << ", events "
            << report->events << ", checkpoints " << report->checkpoints << ": problems "
            << report->problems.size() << ", orphans " << report->orphans.size() << "\n";
  return report->problems.empty() ? 0 : kExitFailed;
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  const sigset_t signals = electra::BlockStopSignals();
  // gRPC's own log says in its words what is said here in ours; who wants it sets the variable.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  electra::DaemonOptions options;
  electra::TrainerOptions trainer_options;
  std::string data_dir = electra::DefaultDataDir().string();
  std::vector<std::string> trusted_models;
  std::string log_level = "info";

  CLI::App app{
      "electrad adapts ELECTRA language models to the text of a domain.\n"
      "It owns corpora, models and a queue of training jobs; `electra` is its client.\n"};
  app.footer(
      "Example:\n"
      "  electrad --data-dir /srv/electrad --listen 127.0.0.1:50551\n"
      "  electrad token create --data-dir /srv/electrad --name ann --role admin\n"
      "  electrad --data-dir /srv/electrad --listen 0.0.0.0:50551 \\\n"
      "      --tls-cert server.pem --tls-key server.key");
  app.set_version_flag("--version", electra::kVersion);
  app.add_option("--data-dir", data_dir, "Folder that holds everything the daemon keeps")
      ->capture_default_str();
  app.add_option("--listen", options.listen, "HOST:PORT to serve on; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--threads", trainer_options.threads,
                 "Threads that train on the CPU; 0 takes one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--trusted-models", trusted_models,
                 "Folder from which `electra model import --server-path` may read; may be repeated")
      ->type_name("FOLDER")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--log-level", log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.add_flag("--insecure-i-know", options.allow_insecure_remote,
               "Listen on other than loopback addresses without TLS");
  app.add_option("--tls-cert", options.tls.certificate,
                 "Certificate chain, PEM; read again when it changes. With TLS every call needs a "
                 "token")
      ->type_name("FILE");
  app.add_option("--tls-key", options.tls.key, "Its private key, PEM")->type_name("FILE");
  app.add_option("--tls-client-ca", options.tls.client_ca,
                 "CA of client certificates, PEM, which may stand for tokens (see `electrad token "
                 "create --help`)")
      ->type_name("FILE");
  app.add_flag("--require-tokens", options.demand_tokens,
               "Every call needs a token without TLS too, as on a machine with several users");
  app.add_option("--corpora-quota", options.corpora_quota,
                 "Bytes that all corpora may have, as in 20GB; 0: what the disk holds")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->type_name("SIZE");
  app.add_option("--checkpoints-quota", options.checkpoints_quota,
                 "Bytes of checkpoints beyond which no job is taken; 0: what the disk holds")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->type_name("SIZE");
  app.add_option_function<int>(
         "--keepalive", [&options](int seconds) { options.keepalive = absl::Seconds(seconds); },
         "How long a client may be silent before it is asked whether it is there")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 3600))
      ->default_str("60");
  std::string backup_file;
  CLI::App* backup = app.add_subcommand(
      "backup", "Copy the database to FILE, also while a daemon runs, and leave");
  backup->add_option("FILE", backup_file, "Must not be there yet")->required();
  backup->footer(
      "Example:\n"
      "  electrad backup --data-dir /srv/electrad /backup/electrad-monday.db\n\n"
      "Corpora, vocabularies, models and checkpoints are files that never change once they have\n"
      "their names: copy the folders corpora, vocabularies, models and jobs after the database.\n\n"
      "Restore: stop the daemon; remove electrad.db, electrad.db-wal and electrad.db-shm; copy\n"
      "FILE to electrad.db and the folders to their places; `electrad check`; start it.");
  CLI::App* check = app.add_subcommand(
      "check", "Check the data folder: database, digests of all files, logs; and leave");
  check->footer(
      "Example:\n"
      "  electrad check --data-dir /srv/electrad\n\n"
      "Exit status: 0 whole, 1 something is missing or damaged.");
  for (CLI::App* command : {backup, check}) command->fallthrough();
  electra::TokenCommand token;
  electra::AddTokenCommand(app, token);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : electra::kExitUsage;
  }
  electra::SetLogLevel(log_level);
  options.data_dir = data_dir;
  options.trusted_model_folders.assign(trusted_models.begin(), trusted_models.end());
  if (backup->parsed()) return electra::Backup(options.data_dir, backup_file);
  if (check->parsed()) return electra::Check(options.data_dir);
  if (token.run) return token.run(options.data_dir);
  return electra::Run(options, trainer_options, signals);
}
