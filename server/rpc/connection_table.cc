#include "server/rpc/connection_table.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/base/file.h"

namespace electra::server {
namespace {

// Even in a flood of connections, all of them are checked no more often than this.
constexpr std::chrono::milliseconds kLookAgainAfter{100};

// gRPC turns received bytes into calls some time later. Calls of connections that have received
// nothing for so long are counted only once in kCountAllEvery times.
constexpr std::chrono::seconds kReadsWithin{5};
constexpr int64_t kCountAllEvery = 10;

// Calls that have just arrived, or that watch the daemon's health: no connection is cut for them.
constexpr int64_t kFewCalls = 8;

// Bytes of a handshake with a certificate and a first call, such as a health check.
constexpr int64_t kBytesOfFirstCall = 4096;

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool IsMapped(const PeerAddress& peer) {
  return std::equal(kMapped.begin(), kMapped.end(), peer.ip.begin());
}

bool IsSameNetwork(const PeerAddress& left, const PeerAddress& right) {
  if (IsMapped(left)) return left.ip == right.ip;
  return std::equal(left.ip.begin(), left.ip.begin() + 8, right.ip.begin());
}

void SetV4(const void* address, PeerAddress* peer) {
  std::copy(kMapped.begin(), kMapped.end(), peer->ip.begin());
  std::memcpy(peer->ip.data() + kMapped.size(), address, 4);
}

std::optional<PeerAddress> PeerOf(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return std::nullopt;
  PeerAddress peer;
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    SetV4(&v4.sin_addr, &peer);
    peer.port = ntohs(v4.sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(peer.ip.data(), &v6.sin6_addr, peer.ip.size());
    peer.port = ntohs(v6.sin6_port);
  } else {
    return std::nullopt;
  }
  return peer;
}

bool IsUnixSocket(int fd) {
  int domain = 0;
  socklen_t length = sizeof(domain);
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

// 0 where it is not a socket.
uint64_t CookieOf(int fd) {
  uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0;
}

// The connection's bytes since its beginning.
int64_t ReceivedBytes(int fd) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  return static_cast<int64_t>(info.tcpi_bytes_received);
}

constexpr size_t kMostDiscarded = size_t{1} << 30;  // at once; none of it is copied

// A duplicate stays the same socket, whatever happens to the number meanwhile.
void Cut(int fd, uint64_t cookie) {
  const FileDescriptor duplicate(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!duplicate.valid() || CookieOf(duplicate.get()) != cookie) return;
  shutdown(duplicate.get(), SHUT_RDWR);
  // gRPC would still read the bytes that have arrived, and turn them into calls.
  while (recv(duplicate.get(), nullptr, kMostDiscarded, MSG_TRUNC | MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

std::optional<PeerAddress> ParsePeer(std::string_view peer) {
  const bool is_v4 = peer.starts_with("ipv4:");
  if (!is_v4 && !peer.starts_with("ipv6:")) return std::nullopt;
  peer.remove_prefix(5);
  const size_t colon = peer.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  PeerAddress parsed;
  const std::string_view port = peer.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  std::string host(peer.substr(0, colon));
  if (is_v4) {
    in_addr v4{};
    if (inet_pton(AF_INET, host.c_str(), &v4) != 1) return std::nullopt;
    SetV4(&v4, &parsed);
    return parsed;
  }
  // The brackets, and what names an interface, may be escaped.
  for (const std::string_view bracket : {"%5B", "%5D", "["}) {
    if (const size_t at = host.find(bracket); at != std::string::npos) {
      host.erase(at, bracket.size());
    }
  }
  host.resize(std::min(host.find_first_of("%]"), host.size()));
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return std::nullopt;
  std::memcpy(parsed.ip.data(), &v6, parsed.ip.size());
  return parsed;
}

bool ConnectionTable::HasRoom(const PeerAddress* peer) const {
  if (connections_.size() + unix_connections_.size() >= limits_.total) return false;
  if (peer == nullptr) return unix_connections_.size() < limits_.per_address;
  const auto of_address = std::count_if(
      connections_.begin(), connections_.end(),
      [peer](const auto& connection) { return IsSameNetwork(*peer, connection.first); });
  return static_cast<size_t>(of_address) < limits_.per_address;
}

bool ConnectionTable::TryAdd(int fd) {
  const std::optional<PeerAddress> peer = PeerOf(fd);
  const bool is_unix = IsUnixSocket(fd);
  if (!peer && !is_unix) return false;  // it has gone already
  const PeerAddress* const address = is_unix ? nullptr : &*peer;
  absl::MutexLock lock(&mutex_);
  const Clock::time_point now = Clock::now();
  if (!HasRoom(address)) {
    if (now < looked_at_ + kLookAgainAfter) return false;
    ForgetEnded();
    if (!HasRoom(address)) return false;
  }
  if (is_unix) {
    unix_connections_.insert_or_assign(CookieOf(fd), fd);
    return true;
  }
  Connection connection;
  connection.fd = fd;
  connection.cookie = CookieOf(fd);
  connection.last_use = now;
  connections_.insert_or_assign(*peer, connection);
  return true;
}

ConnectionTable::Connection* ConnectionTable::Find(std::string_view peer) {
  const std::optional<PeerAddress> address = ParsePeer(peer);
  if (!address) return nullptr;
  const auto found = connections_.find(*address);
  return found == connections_.end() ? nullptr : &found->second;
}

void ConnectionTable::BeginCall(std::string_view peer) {
  absl::MutexLock lock(&mutex_);
  if (Connection* connection = Find(peer)) ++connection->calls;
}

void ConnectionTable::EndCall(std::string_view peer, CallUse use) {
  absl::MutexLock lock(&mutex_);
  Connection* connection = Find(peer);
  if (connection == nullptr) return;
  --connection->calls;
  if (use != CallUse::kUseful) return;
  connection->last_use = Clock::now();
  connection->was_used = connection->was_ever_used = true;
}

void ConnectionTable::ForgetEnded() {
  std::erase_if(connections_,
                [](const auto& entry) { return CookieOf(entry.second.fd) != entry.second.cookie; });
  std::erase_if(unix_connections_,
                [](const auto& entry) { return CookieOf(entry.second) != entry.first; });
  looked_at_ = Clock::now();
}

std::set<PeerAddress> ConnectionTable::LookAtBytes() {
  absl::MutexLock lock(&mutex_);
  ForgetEnded();
  const bool counts_all = ++looks_ % kCountAllEvery == 0;
  const Clock::time_point quiet = Clock::now() - kReadsWithin;
  std::set<PeerAddress> peers;
  for (auto& [peer, connection] : connections_) {
    const int64_t received = ReceivedBytes(connection.fd);
    if (received != connection.received) connection.last_received = Clock::now();
    connection.received = received;
    if (counts_all || connection.last_received > quiet || connection.held_calls() > 0) {
      peers.insert(peer);
    }
    if (connection.calls > 0 || connection.was_used) connection.received_in_use = received;
    connection.was_used = false;
  }
  return peers;
}

void ConnectionTable::CutUseless() {
  const Clock::time_point limit = Clock::now() - absl::ToChronoMilliseconds(limits_.useless);
  for (const auto& [peer, connection] : connections_) {
    if (connection.calls <= 0 && connection.last_use < limit) {
      Cut(connection.fd, connection.cookie);
    }
  }
}

int64_t ConnectionTable::CutThoseWithManyCalls() {
  int64_t held = 0;
  for (const auto& [peer, connection] : connections_) held += connection.held_calls();
  if (held <= limits_.held_calls) return 0;
  int64_t count = 0;
  for (auto& [peer, connection] : connections_) {
    const bool may_hold = connection.calls <= 0 && !connection.was_ever_used &&
                          connection.received > kBytesOfFirstCall;
    if (connection.is_cut || (connection.held_calls() <= kFewCalls && !may_hold)) continue;
    Cut(connection.fd, connection.cookie);
    connection.is_cut = true;
    ++count;
  }
  return count;
}

int64_t ConnectionTable::CutThoseWithMostBytes() {
  int64_t held = 0;
  std::vector<Connection*> by_bytes;
  for (auto& [peer, connection] : connections_) {
    held += connection.held_bytes();
    by_bytes.push_back(&connection);
  }
  if (held <= limits_.held_bytes) return 0;
  std::sort(by_bytes.begin(), by_bytes.end(), [](const Connection* left, const Connection* right) {
    return left->held_bytes() > right->held_bytes();
  });
  int64_t count = 0;
  for (Connection* connection : by_bytes) {
    if (held <= limits_.held_bytes) break;
    held -= connection->held_bytes();
    Cut(connection->fd, connection->cookie);
    connection->is_cut = true;
    ++count;
  }
  return count;
}

int64_t ConnectionTable::Tend(const CallCounter& count_calls) {
  const std::set<PeerAddress> peers = LookAtBytes();
  // Not under the lock, since new calls wait for it.
  std::map<PeerAddress, int64_t> open;
  if (!peers.empty()) open = count_calls(peers);
  absl::MutexLock lock(&mutex_);
  for (const PeerAddress& peer : peers) {
    const auto connection = connections_.find(peer);
    if (connection != connections_.end()) connection->second.open = open[peer];
  }
  CutUseless();
  return CutThoseWithManyCalls() + CutThoseWithMostBytes();
}

size_t ConnectionTable::size() const {
  absl::MutexLock lock(&mutex_);
  return connections_.size() + unix_connections_.size();
}

}  // namespace electra::server
