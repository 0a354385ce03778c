// Whether an address is this machine's own, so that calls may be plain text and bypass a proxy.
//
//   if (IsLoopbackAddress("127.0.0.1:50551")) ...
//
// Pure function.
#pragma once

#include <string_view>

namespace electra {

// True for HOST:PORT whose host is in 127.0.0.0/8, [::1] or localhost; no name is looked up.
bool IsLoopbackAddress(std::string_view address);

}  // namespace electra
