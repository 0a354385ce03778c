#include "client/settings/proxy.h"

#include <arpa/inet.h>

#include <array>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "client/settings/target.h"
#include "core/base/host_port.h"

namespace electra::client {
namespace {

struct IpAddress {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;  // 32 or 128
};

std::optional<IpAddress> ParseIp(const std::string& text) {
  IpAddress address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
  } else if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
  } else {
    return std::nullopt;
  }
  return address;
}

// NETWORK/BITS, as in 192.0.2.0/24.
bool IsInNetwork(const std::string& host, const std::string& network) {
  const size_t slash = network.find('/');
  if (slash == std::string::npos) return false;
  const std::optional<IpAddress> address = ParseIp(host);
  const std::optional<IpAddress> base = ParseIp(network.substr(0, slash));
  int bits = 0;
  if (!address || !base || address->bits != base->bits ||
      !absl::SimpleAtoi(network.substr(slash + 1), &bits) || bits < 0 || bits > base->bits) {
    return false;
  }
  for (int bit = 0; bit < bits; ++bit) {
    const auto byte = static_cast<size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if (((address->bytes[byte] ^ base->bytes[byte]) & mask) != 0) return false;
  }
  return true;
}

// An entry of no_proxy. As in gRPC, a name covers all names that end with it.
bool Exempts(std::string entry, const std::string& host) {
  absl::StripAsciiWhitespace(&entry);
  if (entry.empty()) return false;
  return entry == "*" || absl::EndsWithIgnoreCase(host, entry) || IsInNetwork(host, entry);
}

// Also an empty one, which means: no proxy.
Proxy FirstSet(const Variables& variable, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const std::optional<std::string> value = variable(name)) {
      return {.variable = name, .uri = *value};
    }
  }
  return {};
}

}  // namespace

std::string ProxyAddress(const Proxy& proxy) {
  std::string address = proxy.uri.substr(proxy.uri.find("://") + 3);
  address = address.substr(0, address.find('/'));
  return address.substr(address.rfind('@') + 1);
}

Proxy ProxyFor(const std::string& server, const Variables& variable) {
  if (IsThisMachine(server)) return {};
  Proxy proxy = FirstSet(variable, {"grpc_proxy", "https_proxy", "http_proxy"});
  if (!absl::StartsWithIgnoreCase(proxy.uri, "http://")) return {};
  const absl::StatusOr<HostPort> address = ParseHostPort(server);
  if (!address.ok()) return {};
  const std::string exempt = FirstSet(variable, {"no_grpc_proxy", "no_proxy"}).uri;
  for (const absl::string_view entry : absl::StrSplit(exempt, ',')) {
    if (Exempts(std::string(entry), address->host)) return {};
  }
  return proxy;
}

}  // namespace electra::client
