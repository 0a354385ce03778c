#include "core/base/host_port.h"

#include <charconv>

#include "core/base/message.h"
#include "core/base/utf8.h"

namespace electra {
namespace {

constexpr int kHighestPort = 65535;
constexpr size_t kLongestQuote = 200;  // of a text that is wrong

absl::Status NotAnAddress(std::string_view text) {
  return InvalidArgumentError("NOT_HOST_AND_PORT",
                              "{address} must be HOST:PORT with a port from 0 to {highest}",
                              Quoted(text, kLongestQuote), kHighestPort);
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return NotAnAddress(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  const bool is_clean = host.find_first_of(is_bracketed ? "[]/, " : ":[]/, ") == host.npos;
  HostPort address{.host = std::string(host)};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool is_port = error == std::errc() && end == port.data() + port.size() &&
                       address.port >= 0 && address.port <= kHighestPort;
  if (host.empty() || !is_clean || !is_port) return NotAnAddress(text);
  return address;
}

}  // namespace electra
