#include "client/environment/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "client/environment/live_region.h"

namespace electra::client {
namespace {

constexpr char kWake = 'w';
constexpr char kStop = 's';
// Nobody types more at once; a paste is read in parts.
constexpr size_t kReadAtOnce = 256;

std::string ReadSome(int descriptor) {
  char bytes[kReadAtOnce];
  const ssize_t count = read(descriptor, bytes, sizeof(bytes));
  return count > 0 ? std::string(bytes, static_cast<size_t>(count)) : std::string();
}

}  // namespace

Terminal::Terminal(int input, int output) : input_(input), output_(output) {
  // Where no pipe can be had the waits still end, only later.
  if (pipe2(messages_, O_CLOEXEC | O_NONBLOCK) != 0) messages_[0] = messages_[1] = -1;
}

Terminal::~Terminal() {
  Leave();
  for (int descriptor : messages_) {
    if (descriptor >= 0) close(descriptor);
  }
}

bool Terminal::CanDraw(const std::string& type) const {
  return isatty(output_) == 1 && !type.empty() && type != "dumb" && tcgetpgrp(output_) == getpgrp();
}

ScreenSize Terminal::Size() const {
  winsize size = {};
  if (ioctl(output_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

void Terminal::Enter() {
  if (isatty(input_) == 1 && tcgetattr(input_, &found_) == 0) {
    termios modes = found_;
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // Ctrl-C stays a signal
    modes.c_cc[VMIN] = 0;
    modes.c_cc[VTIME] = 0;
    has_modes_.store(true);
    tcsetattr(input_, TCSANOW, &modes);
  }
  entered_.store(true);
}

void Terminal::Leave() {
  if (!entered_.exchange(false)) return;
  if (has_modes_.exchange(false)) tcsetattr(input_, TCSANOW, &found_);
}

Happening Terminal::Wait(absl::Duration duration) {
  // poll() passes over negative descriptors.
  pollfd descriptors[] = {{messages_[0], POLLIN, 0}, {keys_end_ ? -1 : input_, POLLIN, 0}};
  // Rounded up: a wait that ends too early would be repeated without a pause.
  const int64_t milliseconds =
      absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1)));
  Happening happening;
  if (poll(descriptors, 2, static_cast<int>(std::clamp<int64_t>(milliseconds, 0, 60'000))) <= 0) {
    return happening;
  }
  if (descriptors[0].revents != 0) {
    happening.stop = ReadSome(messages_[0]).find(kStop) != std::string::npos;
  }
  if (descriptors[1].revents != 0) {
    happening.keys = ReadSome(input_);
    keys_end_ = happening.keys.empty();
  }
  return happening;
}

void Terminal::StopProcess() {
  // Not SIGSTOP, which would also stop a process that no shell is there to continue.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  sigset_t before;
  pthread_sigmask(SIG_UNBLOCK, &stop, &before);
  raise(SIGTSTP);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Terminal::Wake() { Send(kWake); }

bool Terminal::AskToStop() {
  if (!entered_.load()) return false;
  Send(kStop);
  return true;
}

void Terminal::Restore() {
  if (!entered_.load()) return;
  if (has_modes_.load()) tcsetattr(input_, TCSANOW, &found_);
  // Nothing can be done where it cannot be written.
  [[maybe_unused]] const ssize_t written = write(output_, kLeaveRegion.data(), kLeaveRegion.size());
}

void Terminal::Send(char message) {
  // A full pipe wakes as well.
  [[maybe_unused]] const ssize_t written = write(messages_[1], &message, 1);
}

}  // namespace electra::client
