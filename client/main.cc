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

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cli.h"
#include "client/environment/charset.h"
#include "client/environment/editor.h"
#include "client/environment/environment.h"
#include "client/environment/interruption.h"
#include "client/environment/terminal.h"
#include "client/i18n/phrases.h"

namespace {

using electra::client::CharsetFromEnvironment;
using electra::client::ColorMode;
using electra::client::EditText;
using electra::client::Environment;
using electra::client::FailedPrecondition;
using electra::client::Interruption;
using electra::client::InvalidArgument;
using electra::client::kPhrases;
using electra::client::Output;
using electra::client::Terminal;

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
          .width = [descriptor] { return TerminalWidth(descriptor); },
          .charset = CharsetFromEnvironment(Variable)};
}

// A terminal shows the prompt but not the typed text; any other input is read as it is.
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
  if (!read) return InvalidArgument(kPhrases.no_input_line);
  return line;
}

absl::StatusOr<std::string> Ask(const std::string& question) {
  if (isatty(STDIN_FILENO) != 1) {
    return FailedPrecondition(kPhrases.no_terminal);
  }
  std::cerr << question << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

// The live terminal, for handlers.
Terminal* drawn_on = nullptr;

// The program is broken: restores the terminal, then lets the signal take its usual effect.
extern "C" void RestoreAndRaise(int signal) {
  drawn_on->Restore();
  raise(signal);  // with the default disposition again
}

void RestoreWhenBroken(Terminal& terminal) {
  drawn_on = &terminal;
  struct sigaction action = {};
  action.sa_handler = RestoreAndRaise;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (int signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) {
    sigaction(signal, &action, nullptr);
  }
}

// Takes all signals that are not errors of the program on one thread. The first signal to end asks
// the command to stop; the second ends the process as if it were not handled.
class SignalThread {
 public:
  SignalThread(Interruption& interruption, Terminal& terminal)
      : interruption_(interruption), terminal_(terminal) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGWINCH);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) {
      // Signals that the process inherits as ignored (nohup) stay ignored; blocked ones would not.
      struct sigaction inherited = {};
      sigaction(signal, nullptr, &inherited);
      if (inherited.sa_handler != SIG_IGN) sigaddset(&signals_, signal);
    }
    // Blocked here, before any other thread exists, and so in all threads.
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this] { Run(); });
  }
  ~SignalThread() {
    leaving_.store(true);
    pthread_kill(thread_.native_handle(), SIGWINCH);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  void Run() {
    int signal = 0;
    while (sigwait(&signals_, &signal) == 0 && !leaving_.load()) Take(signal);
  }

  void Take(int signal) {
    switch (signal) {
      case SIGWINCH:
        return terminal_.Wake();
      case SIGTSTP:
        if (!terminal_.AskToStop()) Terminal::StopProcess();
        return;
      case SIGQUIT:
        return End(signal);
      default:
        if (interruption_.triggered()) return End(signal);
        return interruption_.Trigger();
    }
  }

  void End(int signal) {
    terminal_.Restore();
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    raise(signal);
  }

  Interruption& interruption_;
  Terminal& terminal_;
  sigset_t signals_;
  std::atomic<bool> leaving_ = false;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  // gRPC would tell the user about its connections; a status reports everything that matters.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  Interruption interruption;
  // Frames are written as wholes.
  std::ios::sync_with_stdio(false);
  Terminal terminal(STDIN_FILENO, STDOUT_FILENO);
  RestoreWhenBroken(terminal);
  SignalThread signals(interruption, terminal);
  std::mt19937_64 generator(std::random_device{}());
  Environment environment{
      .in = &std::cin,
      .out = OutputOf(STDOUT_FILENO, std::cout),
      .err = OutputOf(STDERR_FILENO, std::cerr),
      .now = [] { return absl::Now(); },
      .wait = [&interruption](absl::Duration pause) { interruption.WaitFor(pause); },
      .random = [&generator] { return std::uniform_real_distribution<double>()(generator); },
      .variable = Variable,
      .read_secret = ReadSecret,
      .ask = Ask,
      .edit = [](const std::string& text) { return EditText(text, Variable); },
      .zone = absl::LocalTimeZone(),
      .interruption = &interruption,
      .terminal = &terminal};
  return static_cast<int>(electra::client::RunElectra({argv + 1, argv + argc}, environment));
}
