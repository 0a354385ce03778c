// HOST:PORT as people write it: "127.0.0.1:50551", "[::1]:0", "gpu-node:50551".
//
//   ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(text));
//
// Pure function.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace electra {

struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  int port = 0;      // 0 to 65535
};

// InvalidArgument: the message names the text and the accepted form.
absl::StatusOr<HostPort> ParseHostPort(std::string_view text);

}  // namespace electra
