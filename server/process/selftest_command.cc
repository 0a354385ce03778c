#include "server/process/selftest_command.h"

#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <memory>

#include "core/selftest/selftest.h"
#include "server/process/command_line.h"

namespace electra::server {
namespace {

// The daemon waits for its signals; this ends by them.
void LetSignalsEndTheProcess() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal_number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal_number);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

void AddSelftestCommand(CLI::App& app, CommandLine& command_line) {
  auto options = std::make_shared<selftest::Options>();
  options->self = {"/proc/self/exe", "selftest"};
  CLI::App* command =
      app.add_subcommand("selftest", "Check that this machine's device trains correctly and fast");
  command->add_option("--device", options->device, "Device to check: auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_flag_callback(
      "--json", [options] { options->format = selftest::Format::kJson; },
      "Print each check as a JSON object on a line of its own");
  command->add_flag("--quick", options->is_quick, "Use small shapes: less than a minute");
  // For the checks that end badly; starts this program again.
  command->add_option("--provoke", options->provoke)->group("");
  command->footer(
      "Example:\n"
      "  electrad selftest --device cuda:0\n\n"
      "It prints one line per check: what was measured, the limit, and whether it passed. Its "
      "text\n"
      "is synthetic, and it neither reads nor writes the data folder. It takes several minutes,\n"
      "and the device should do nothing else meanwhile.\n\n"
      "Exit status: 0 all passed, 1 a check failed, 2 arguments, 69 there is no such device.");
  command->callback([&command_line, options] {
    command_line.command = [options](const LoadedSettings&) {
      LetSignalsEndTheProcess();
      return selftest::Run(*options, std::cout);
    };
  });
}

}  // namespace electra::server
