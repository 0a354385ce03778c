// Whether an address is this machine's own, so that calls may be plain text and bypass a proxy.
//
//   if (IsLoopbackAddress("127.0.0.1:50551")) ...
//
// Pure functions.
#pragma once

#include <string_view>

namespace electra {

// "unix:PATH", a socket that is a file.
inline constexpr std::string_view kUnixPrefix = "unix:";
inline bool IsUnixAddress(std::string_view address) {
  return address.starts_with(kUnixPrefix) && address.size() > kUnixPrefix.size();
}

// True for unix:PATH, and for HOST:PORT whose host is in 127.0.0.0/8, [::1] or localhost; no name
// is looked up.
bool IsLoopbackAddress(std::string_view address);

}  // namespace electra
