#include "server/process/service_notifier.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"

namespace electra::server {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A line break would begin another assignment.
std::string OneLine(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

int64_t MonotonicMicros() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

ServiceNotifier ServiceNotifier::FromEnvironment() {
  absl::Duration watchdog = absl::InfiniteDuration();
  int64_t micros = 0;
  const std::string process = Variable("WATCHDOG_PID");
  const bool is_meant = process.empty() || process == std::to_string(getpid());
  if (is_meant && absl::SimpleAtoi(Variable("WATCHDOG_USEC"), &micros) && micros > 0) {
    watchdog = absl::Microseconds(micros);
  }
  return {Variable("NOTIFY_SOCKET"), watchdog};
}

void ServiceNotifier::Ready(std::string_view status) const {
  Send(absl::StrCat("READY=1\nSTATUS=", OneLine(status)));
}

void ServiceNotifier::SetStatus(std::string_view status) const {
  Send(absl::StrCat("STATUS=", OneLine(status)));
}

void ServiceNotifier::ExtendStart(absl::Duration time) const {
  Send(absl::StrCat("EXTEND_TIMEOUT_USEC=", absl::ToInt64Microseconds(time)));
}

void ServiceNotifier::Reloading() const {
  Send(absl::StrCat("RELOADING=1\nMONOTONIC_USEC=", MonotonicMicros()));
}

void ServiceNotifier::Stopping() const { Send("STOPPING=1\nSTATUS=writing checkpoints"); }

void ServiceNotifier::Ping() const { Send("WATCHDOG=1"); }

void ServiceNotifier::Send(std::string_view message) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const FileDescriptor descriptor(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!descriptor.valid()) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // There is nobody to report a missing listener to.
  [[maybe_unused]] const ssize_t sent =
      sendto(descriptor.get(), message.data(), message.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace electra::server
