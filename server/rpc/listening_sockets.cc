#include "server/rpc/listening_sockets.h"

#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/host_port.h"
#include "core/base/loopback.h"
#include "core/base/status_macros.h"
#include "server/rpc/unix_socket.h"

namespace electra::server {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

absl::Status CannotListen(const std::string& address, const std::string& reason) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", reason));
}

absl::StatusOr<Addresses> Resolve(const std::string& address, const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return CannotListen(address, gai_strerror(error));
  return Addresses(found);
}

bool SetOption(const FileDescriptor& socket, int level, int option, int value) {
  return setsockopt(socket.get(), level, option, &value, sizeof(value)) == 0;
}

// 0, or the errno where this machine does not have the address or the port is taken.
int Bind(const addrinfo& address, absl::Duration patience, FileDescriptor* bound) {
  *bound = FileDescriptor(
      socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!bound->valid()) return errno;
  // Connections inherit these. A port whose last connections are still ending can be taken again.
  SetOption(*bound, SOL_SOCKET, SO_REUSEADDR, 1);
  SetOption(*bound, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(*bound, IPPROTO_TCP, TCP_USER_TIMEOUT,
            static_cast<int>(absl::ToInt64Milliseconds(patience)));
  if (address.ai_family == AF_INET6) SetOption(*bound, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (bind(bound->get(), address.ai_addr, address.ai_addrlen) != 0) return errno;
  return listen(bound->get(), SOMAXCONN) == 0 ? 0 : errno;
}

int PortOf(const FileDescriptor& bound) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getsockname(bound.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  // The port is at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

void SetPort(const addrinfo& address, int port) {
  reinterpret_cast<sockaddr_in*>(address.ai_addr)->sin_port = htons(static_cast<uint16_t>(port));
}

// All addresses of the host that this machine has. A name may have some of a family that the
// machine does not use.
absl::Status ListenOnHost(const std::string& address, const std::string& host,
                          absl::Duration patience, ListeningSockets* listening) {
  ASSIGN_OR_RETURN(const Addresses addresses, Resolve(address, host));
  int problem = 0;
  std::set<std::string> seen;  // resolvers name an address twice
  for (const addrinfo* next = addresses.get(); next != nullptr; next = next->ai_next) {
    SetPort(*next, listening->port);
    if (!seen.emplace(reinterpret_cast<const char*>(next->ai_addr), next->ai_addrlen).second) {
      continue;
    }
    FileDescriptor bound;
    problem = Bind(*next, patience, &bound);
    if (problem == EADDRINUSE) break;
    if (problem != 0) continue;
    listening->port = PortOf(bound);
    listening->sockets.push_back(std::move(bound));
  }
  if (problem == EADDRINUSE || listening->sockets.empty()) {
    return CannotListen(address, std::generic_category().message(problem));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListeningSockets> ListenOn(const std::string& address,
                                          const ListenOptions& options) {
  if (IsUnixAddress(address)) {
    ListeningSockets listening{.path = address.substr(kUnixPrefix.size())};
    ASSIGN_OR_RETURN(FileDescriptor bound, BindUnixSocket(listening.path, options.socket_mode));
    listening.sockets.push_back(std::move(bound));
    return listening;
  }
  const absl::Duration patience = options.patience;
  ASSIGN_OR_RETURN(const HostPort wanted, ParseHostPort(address));
  ListeningSockets listening{.sockets = {}, .port = wanted.port};
  const std::string& host = wanted.host;
  if (host == "0.0.0.0" || host == "*" || host == "::") {
    // Every address of the machine, of both families where it has both.
    if (ListenOnHost(address, "::", patience, &listening).ok()) return listening;
    listening = {.sockets = {}, .port = wanted.port};
    RETURN_IF_ERROR(ListenOnHost(address, "0.0.0.0", patience, &listening));
    return listening;
  }
  RETURN_IF_ERROR(ListenOnHost(address, host, patience, &listening));
  return listening;
}

}  // namespace electra::server
