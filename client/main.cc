// The process around the client: terminal, environment, signals.
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "client/cli.h"
#include "client/environment.h"
#include "client/interruption.h"

namespace {

using electra::client::ColorMode;
using electra::client::Environment;
using electra::client::Interruption;
using electra::client::Output;

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

int TerminalWidth(int descriptor) {
  winsize size = {};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

Output OutputOf(int descriptor, std::ostream& stream) {
  const bool is_terminal = isatty(descriptor) == 1;
  // https://no-color.org: set and not empty.
  const bool no_color =
      !Variable("NO_COLOR").value_or("").empty() || Variable("TERM").value_or("") == "dumb";
  return {.stream = &stream,
          .is_terminal = is_terminal,
          .color = is_terminal && !no_color ? ColorMode::kOn : ColorMode::kOff,
          .width = [descriptor] { return TerminalWidth(descriptor); }};
}

// A terminal shows the prompt and not what is typed; anything else is read as it is.
absl::StatusOr<std::string> ReadSecret(const std::string& prompt) {
  termios shown = {};
  const bool is_terminal = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &shown) == 0;
  if (is_terminal) {
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    std::cerr << prompt << std::flush;
  }
  std::string line;
  const bool read = static_cast<bool>(std::getline(std::cin, line));
  if (is_terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    std::cerr << "\n";
  }
  if (!read) return absl::InvalidArgumentError("standard input holds no line");
  return line;
}

absl::StatusOr<std::string> Ask(const std::string& question) {
  if (isatty(STDIN_FILENO) != 1) {
    return absl::FailedPreconditionError("standard input is no terminal");
  }
  std::cerr << question << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

// The signals that end a program, taken by one thread: the first asks the command to stop, the
// second ends the process as if nobody had taken it.
class SignalThread {
 public:
  explicit SignalThread(Interruption& interruption) {
    sigemptyset(&signals_);
    for (int signal : {SIGINT, SIGTERM}) sigaddset(&signals_, signal);
    // Blocked here, before any other thread exists, and so in all of them.
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this, &interruption] { Run(interruption); });
  }
  ~SignalThread() {
    leaving_.store(true);
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  void Run(Interruption& interruption) {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (leaving_.load()) return;
    interruption.Trigger();
    sigwait(&signals_, &signal);
    if (leaving_.load()) return;
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    raise(signal);
  }

  sigset_t signals_;
  std::atomic<bool> leaving_ = false;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  // gRPC would tell the user of its connections; what matters of them comes back as a status.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  Interruption interruption;
  SignalThread signals(interruption);
  std::mt19937_64 generator(std::random_device{}());
  Environment environment{
      .out = OutputOf(STDOUT_FILENO, std::cout),
      .err = OutputOf(STDERR_FILENO, std::cerr),
      .now = [] { return absl::Now(); },
      .wait = [&interruption](absl::Duration pause) { interruption.WaitFor(pause); },
      .random = [&generator] { return std::uniform_real_distribution<double>()(generator); },
      .variable = Variable,
      .read_secret = ReadSecret,
      .ask = Ask,
      .zone = absl::LocalTimeZone(),
      .interruption = &interruption};
  return static_cast<int>(electra::client::RunElectra({argv + 1, argv + argc}, environment));
}
