#include "server/rpc/connection_gate.h"

#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/log.h"
#include "server/rpc/open_calls.h"

namespace electra::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Twice as many as there may be streams.
constexpr uint64_t kMostConnections = 2048;
constexpr uint64_t kFilesDescriptors = 256;  // of jobs, the database, uploads, libraries
constexpr uint64_t kMostRefusals = 32;

// gRPC closes connections without calls after half of that, and clients open others unseen.
constexpr absl::Duration kUseless = absl::Minutes(2);
constexpr absl::Duration kUselessRefusal = absl::Seconds(5);

constexpr int kAcceptAtOnce = 64;
// Strangers can have gRPC hold some ten thousand calls more within that.
constexpr std::chrono::milliseconds kTendEvery = 100ms;
constexpr std::chrono::milliseconds kWaitForDescriptor = 100ms;
constexpr std::chrono::minutes kSayEvery = 1min;

uint64_t DescriptorLimit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

absl::Status Refusal(const ConnectionRoom& room) {
  return UnavailableError("TOO_MANY_CONNECTIONS",
                          "the server has no room for another connection (it takes {limit}, and "
                          "{per_address} from one address): try again later",
                          room.total, room.per_address);
}

bool IsLost(int error) { return error == EBADF || error == EINVAL || error == ENOTSOCK; }

bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

bool ConnectionGate::Seldom::IsDue() {
  const Clock::time_point now = Clock::now();
  if (now < next_) return false;
  next_ = now + kSayEvery;
  return true;
}

ConnectionRoom RoomFor(uint64_t descriptors) {
  const uint64_t reserve = std::min(kFilesDescriptors, descriptors / 2);
  const uint64_t below = std::min<uint64_t>(descriptors - reserve, uint64_t{1} << 30);
  const uint64_t total = std::min(kMostConnections, below);
  return {.descriptors = static_cast<int>(below),
          .total = total,
          .per_address = std::max<uint64_t>(total / 2, 1),
          .refusals = std::min(kMostRefusals, reserve / 4)};
}

absl::StatusOr<std::unique_ptr<ConnectionGate>> ConnectionGate::Listen(Options options) {
  ASSIGN_OR_RETURN(ListeningSockets listening,
                   ListenOn(options.listen,
                            {.patience = options.keepalive, .socket_mode = options.socket_mode}));
  return std::unique_ptr<ConnectionGate>(
      new ConnectionGate(std::move(options), std::move(listening), RoomFor(DescriptorLimit())));
}

ConnectionGate::ConnectionGate(Options options, ListeningSockets listening, ConnectionRoom room)
    : options_(std::move(options)),
      room_(room),
      listening_(std::move(listening)),
      connections_({.total = room.total, .per_address = room.per_address, .useless = kUseless}),
      refused_({.total = room.refusals,
                .per_address = std::max<size_t>(room.refusals / 2, 1),
                .useless = kUselessRefusal}),
      refusing_(std::make_unique<RefusingServer>(options_.credentials, Refusal(room))) {}

ConnectionGate::~ConnectionGate() { Close(); }

void ConnectionGate::AddTo(grpc::ServerBuilder& builder) {
  acceptor_ = AddAcceptor(options_.credentials, builder);
}

void ConnectionGate::Open() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "accept");
}

void ConnectionGate::Close() {
  closing_ = true;
  // Wakes the thread that waits for them.
  for (const FileDescriptor& listener : listening_.sockets) shutdown(listener.get(), SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
  listening_.sockets.clear();
  if (!listening_.path.empty()) unlink(listening_.path.c_str());
  listening_.path.clear();
}

void ConnectionGate::Run() {
  Clock::time_point tend_at = Clock::now();
  while (true) {
    AwaitConnections();
    for (const FileDescriptor& listener : listening_.sockets) {
      const int error = AcceptSome(listener);
      if (closing_) return;
      if (error == 0) continue;
      if (options_.on_lost) options_.on_lost(std::generic_category().message(error));
      return;
    }
    if (Clock::now() < tend_at) continue;
    Tend();
    tend_at = Clock::now() + kTendEvery;
  }
}

void ConnectionGate::AwaitConnections() const {
  std::vector<pollfd> polled;
  for (const FileDescriptor& listener : listening_.sockets) {
    polled.push_back({.fd = listener.get(), .events = POLLIN, .revents = 0});
  }
  poll(polled.data(), polled.size(), static_cast<int>(kTendEvery / 1ms));
}

int ConnectionGate::AcceptSome(const FileDescriptor& listener) {
  for (int i = 0; i < kAcceptAtOnce; ++i) {
    FileDescriptor connection(
        accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) {
      Take(std::move(connection));
      continue;
    }
    const int error = errno;
    if (error == EAGAIN) break;
    if (IsLost(error)) return error;
    // Others are of a connection that broke before it was accepted.
    if (!IsShortage(error)) continue;
    if (shortages_.IsDue()) {
      Log(LogLevel::kError, "cannot_accept", {{"error", std::generic_category().message(error)}});
    }
    std::this_thread::sleep_for(kWaitForDescriptor);
    break;
  }
  return 0;
}

void ConnectionGate::Take(FileDescriptor connection) {
  if (connection.get() < room_.descriptors && connections_.TryAdd(connection.get())) {
    HandOver(connection.Release(), *acceptor_);
    return;
  }
  ++refusals_;
  options_.metrics->AddRefusedConnection();
  if (refused_.TryAdd(connection.get())) refusing_->Take(connection.Release());
}

void ConnectionGate::Tend() {
  cuts_ += connections_.Tend(CountOpenCalls);
  refused_.Tend(CountOpenCalls);
  options_.metrics->SetConnections(connections_.size());
  if (cuts_ > 0 && cut_lines_.IsDue()) {
    Log(LogLevel::kWarning, "connections_cut",
        {{"count", absl::StrCat(cuts_)},
         {"reason", "they had gRPC hold calls whose messages did not come"}});
    cuts_ = 0;
  }
  if (refusals_ == 0 || !refused_lines_.IsDue()) return;
  Log(LogLevel::kWarning, "connections_refused",
      {{"count", absl::StrCat(refusals_)},
       {"open", absl::StrCat(connections_.size())},
       {"room", absl::StrCat(room_.total)},
       {"room_per_address", absl::StrCat(room_.per_address)}});
  refusals_ = 0;
}

}  // namespace electra::server
