// The open connections: how many there are, whose they are, and which ones nobody uses.
//
// gRPC owns and closes their descriptors without saying so. So the table asks the kernel: a
// descriptor that is not the same socket any more (SO_COOKIE) was a connection that has ended.
//
// A connection is in use while a call runs on it, and shortly after. Calls that were refused for
// lack of a token do not count, nor do calls whose message has not arrived: gRPC holds them back,
// possibly forever, and no part of the daemon sees them. On a connection whose other end never
// acknowledges its settings, gRPC bounds neither their number nor their headers. So both are
// bounded here, for all connections together.
//
// For a Unix socket's connections, gRPC does not say which one a call belongs to: they are counted,
// and none of them is cut. Strangers cannot open any. Thread-safe.
//
//   ConnectionTable connections({.total = 2048, .per_address = 1024, .useless = absl::Minutes(2)});
//   if (!connections.TryAdd(fd)) ...  // as many as there may be
//   connections.Tend(CountOpenCalls);  // several times a second
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace electra::server {

// The other end of a TCP connection.
struct PeerAddress {
  std::array<uint8_t, 16> ip{};  // of IPv4: ::ffff:a.b.c.d
  uint16_t port = 0;

  friend auto operator<=>(const PeerAddress&, const PeerAddress&) = default;
};

// As gRPC writes it: "ipv4:127.0.0.1:41234", "ipv6:%5B::1%5D:41234". Nothing for other texts.
std::optional<PeerAddress> ParsePeer(std::string_view peer);

enum class CallUse { kUseful, kRefused };

// How many calls of each of these peers gRPC holds, including the ones that the daemon sees.
using CallCounter = std::function<std::map<PeerAddress, int64_t>(const std::set<PeerAddress>&)>;

class ConnectionTable {
 public:
  struct Limits {
    size_t total = 0;
    size_t per_address = 0;  // an IPv6 address counts with its /64
    absl::Duration useless;  // a connection that is unused for this long is cut
    // Limits for all connections together: calls that gRPC holds back, some ten kilobytes each, and
    // bytes that came without a useful call. Beyond the first, connections are cut that have more
    // than a few such calls, or may get them: they have sent something and never made a useful
    // call. Beyond the second, the ones that have sent the most are cut.
    int64_t held_calls = 4096;
    int64_t held_bytes = int64_t{256} << 20;
  };

  explicit ConnectionTable(Limits limits) : limits_(limits) {}
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  // False: the limit is reached. Borrows the descriptor, a connected TCP or Unix socket, for as
  // long as it stays the same socket.
  [[nodiscard]] bool TryAdd(int fd) ABSL_LOCKS_EXCLUDED(mutex_);

  // A call of the peer begins and ends.
  void BeginCall(std::string_view peer) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndCall(std::string_view peer, CallUse use) ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets connections that have ended, and cuts the ones that are useless or hold too much.
  // Returns how many were cut. `count_calls` is asked about active connections, and once in ten
  // times about all.
  int64_t Tend(const CallCounter& count_calls) ABSL_LOCKS_EXCLUDED(mutex_);

  // The connections that were open at the last check.
  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Clock = std::chrono::steady_clock;

  struct Connection {
    int fd = -1;
    uint64_t cookie = 0;  // the socket's, unique to it
    int64_t calls = 0;    // that run
    Clock::time_point last_use;
    int64_t open = 0;      // calls that gRPC holds, at the last count
    int64_t received = 0;  // bytes, at the last check
    Clock::time_point last_received;
    int64_t received_in_use = 0;  // of them, up to the last useful call
    bool was_used = false;        // since then
    bool was_ever_used = false;
    bool is_cut = false;  // its calls stay until gRPC drops them

    int64_t held_calls() const { return std::max<int64_t>(open - calls, 0); }
    int64_t held_bytes() const {
      return is_cut ? 0 : std::max<int64_t>(received - received_in_use, 0);
    }
  };

  // `peer`: null for a connection of a Unix socket.
  bool HasRoom(const PeerAddress* peer) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetEnded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The peers whose calls must be counted.
  std::set<PeerAddress> LookAtBytes() ABSL_LOCKS_EXCLUDED(mutex_);
  void CutUseless() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t CutThoseWithManyCalls() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t CutThoseWithMostBytes() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Connection* Find(std::string_view peer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  mutable absl::Mutex mutex_;
  std::map<PeerAddress, Connection> connections_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, int> unix_connections_ ABSL_GUARDED_BY(mutex_);  // cookie: descriptor
  Clock::time_point looked_at_ ABSL_GUARDED_BY(mutex_);
  int64_t looks_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace electra::server
