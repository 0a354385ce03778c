#include "server/process/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/config/setting_value.h"
#include "server/process/exit_status.h"
#include "server/process/health.h"
#include "server/process/selftest_command.h"
#include "server/process/token_command.h"
#include "server/store/backup.h"
#include "server/upkeep/check.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

void AddSetting(CLI::App& app, const Setting& setting, GivenFlags& flags) {
  const std::string key(setting.key);
  const std::string description =
      absl::StrCat(std::string(setting.description), " [", VariableOf(setting), "]");
  if (std::holds_alternative<bool Settings::*>(setting.member)) {
    app.add_flag_function(
        FlagOf(setting),
        [&flags, key](int64_t count) { flags[key] = {count > 0 ? "true" : "false"}; }, description);
    return;
  }
  const bool is_list = std::holds_alternative<std::vector<std::string> Settings::*>(setting.member);
  CLI::Option* option = app.add_option_function<std::vector<std::string>>(
      FlagOf(setting),
      [&flags, key](const std::vector<std::string>& values) { flags[key] = values; }, description);
  // One value each time, so that the next word can be a command's own argument.
  option->type_name(std::string(setting.value_name))->expected(1)->allow_extra_args(false);
  option->multi_option_policy(is_list ? CLI::MultiOptionPolicy::TakeAll
                                      : CLI::MultiOptionPolicy::TakeLast);
  const std::string value = ValueText(setting, Settings());
  if (!is_list && value != "\"\"") option->default_str(value);
}

int Say(const absl::Status& status) {
  if (status.ok()) return kExitDone;
  std::cerr << "electrad: " << status.message() << "\n";
  return kExitFailed;
}

int Check(const fs::path& data_dir) {
  const absl::StatusOr<CheckReport> report = CheckDataFolder(data_dir);
  if (!report.ok()) return Say(report.status());
  for (const std::string& problem : report->problems) std::cout << "problem: " << problem << "\n";
  for (const std::string& orphan : report->orphans) std::cout << "orphan: " << orphan << "\n";
  for (const fs::path& path : report->open_to_others) {
    std::cout << "open to other users: " << path.string() << "\n";
  }
  if (!report->open_to_others.empty()) {
    std::cout << "`chmod -R go= " << data_dir.string() << "` closes it to them\n";
  }
  std::cout << "checked corpora " << report->corpora << ", jobs " << report->jobs << ", events "
            << report->events << ", checkpoints " << report->checkpoints << ": problems "
            << report->problems.size() << ", orphans " << report->orphans.size() << "\n";
  return report->problems.empty() ? kExitDone : kExitFailed;
}

void AddBackup(CLI::App& app, CommandLine& command_line) {
  auto file = std::make_shared<std::string>();
  CLI::App* backup =
      app.add_subcommand("backup", "Copy the database to FILE, also while a daemon runs");
  backup->add_option("FILE", *file, "Path of the copy; must not exist yet")->required();
  backup->footer(
      "Example:\n"
      "  electrad backup --data-dir /srv/electrad /backup/electrad-monday.db\n\n"
      "Corpora, vocabularies, models and checkpoints are files that never change once they have\n"
      "their names: copy the folders corpora, vocabularies, models and jobs after the database.\n\n"
      "Restore: stop the daemon; remove electrad.db, electrad.db-wal and electrad.db-shm; copy\n"
      "FILE to electrad.db and the folders to their places; `electrad check`; start it.");
  backup->callback([&command_line, file] {
    command_line.command = [file](const LoadedSettings& settings) {
      return Say(BackupDatabase(fs::path(settings.values.data_dir) / "electrad.db", *file));
    };
  });
}

void AddCheck(CLI::App& app, CommandLine& command_line) {
  CLI::App* check =
      app.add_subcommand("check", "Check the data folder: database, digests of all files, logs");
  check->footer(
      "Example:\n"
      "  electrad check --data-dir /srv/electrad\n\n"
      "Exit status: 0 whole, 1 something is missing or damaged.");
  check->callback([&command_line] {
    command_line.command = [](const LoadedSettings& settings) {
      return Check(settings.values.data_dir);
    };
  });
}

void AddHealth(CLI::App& app, CommandLine& command_line) {
  auto timeout = std::make_shared<double>(5);
  CLI::App* health =
      app.add_subcommand("health", "Check whether the daemon of these settings serves");
  health->add_option("--timeout", *timeout, "Time limit for the answer, in seconds")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  health->footer(
      "Example:\n"
      "  electrad health --listen 127.0.0.1:50551\n\n"
      "Exit status: 0 it serves, 1 it does not.");
  health->callback([&command_line, timeout] {
    command_line.command = [timeout](const LoadedSettings& settings) {
      return Say(CheckHealth(settings.values, absl::Seconds(*timeout)));
    };
  });
}

void AddConfig(CLI::App& app, CommandLine& command_line) {
  CLI::App* config = app.add_subcommand("config", "Show the daemon's settings");
  CLI::App* print = config->add_subcommand(
      "print", "Print all settings as a file, each with the origin of its value");
  print->callback([&command_line] {
    command_line.command = [](const LoadedSettings& settings) {
      std::cout << PrintSettings(settings);
      for (const std::string& variable : settings.unknown_variables) {
        std::cerr << "electrad: " << variable << " is not a setting\n";
      }
      return kExitDone;
    };
  });
  config->require_subcommand(1);
  print->fallthrough();
}

void AddWorker(CLI::App& app, CommandLine& command_line) {
  CLI::App* worker = app.add_subcommand(
      "worker", "Compute a share of the jobs of the daemon that is rank 0 of the same launch");
  worker->footer(
      "RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT identify the launch and this process in it,\n"
      "as torchrun, srun and Kubeflow Trainer set them; LOCAL_RANK is the number of its card.\n"
      "`electrad` with RANK above 0 does the same, so that a launcher can start one command line\n"
      "everywhere:\n"
      "  torchrun --no-python --nproc-per-node 8 electrad --data-dir /srv/electrad\n"
      "By hand, on two machines:\n"
      "  RANK=0 WORLD_SIZE=2 MASTER_ADDR=node0 MASTER_PORT=29500 electrad --data-dir "
      "/srv/electrad\n"
      "  RANK=1 WORLD_SIZE=2 MASTER_ADDR=node0 MASTER_PORT=29500 electrad worker\n\n"
      "It keeps nothing on the disk. Exit status: 0 stopped, or rank 0 has ended; 1 rank 0 does "
      "not\n"
      "answer: start it again; 2 arguments, environment or no such device; 75 its device was "
      "lost.");
  worker->callback([&command_line] { command_line.is_worker = true; });
}

void AddTokens(CLI::App& app, CommandLine& command_line) {
  auto token = std::make_shared<TokenCommand>();
  AddTokenCommand(app, *token);
  app.get_subcommand("token")->callback([&command_line, token] {
    command_line.command = [token](const LoadedSettings& settings) {
      return Say(token->run(settings.values.data_dir));
    };
  });
}

}  // namespace

void AddSettings(CLI::App& app, CommandLine& command_line) {
  app.add_option_function<std::string>(
         "--config",
         [&command_line](const std::string& path) { command_line.flags["config"] = {path}; },
         "File of settings, as `electrad config print` shows them [ELECTRAD_CONFIG]")
      ->type_name("FILE");
  for (const Setting& setting : SettingTable()) AddSetting(app, setting, command_line.flags);
}

void AddCommands(CLI::App& app, CommandLine& command_line) {
  AddBackup(app, command_line);
  AddCheck(app, command_line);
  AddConfig(app, command_line);
  AddHealth(app, command_line);
  AddSelftestCommand(app, command_line);
  AddTokens(app, command_line);
  AddWorker(app, command_line);
  for (CLI::App* command : app.get_subcommands({})) command->fallthrough();
}

}  // namespace electra::server
