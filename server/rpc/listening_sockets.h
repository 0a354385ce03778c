// The sockets on which the daemon listens.
//
//   ASSIGN_OR_RETURN(ListeningSockets listening, ListenOn("127.0.0.1:0", absl::Minutes(1)));
//
// Free functions without state.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/file.h"

namespace electra::server {

struct ListeningSockets {
  std::vector<FileDescriptor> sockets;  // one for each address of the host; they do not block
  int port = 0;                         // that of all of them
};

// `address` is HOST:PORT; port 0 takes a free one. A peer of an accepted connection that leaves sent
// bytes unacknowledged for `patience` is gone. InvalidArgument: no HOST:PORT. Unavailable: the port
// is taken, or the host is not this machine's.
absl::StatusOr<ListeningSockets> ListenOn(const std::string& address, absl::Duration patience);

}  // namespace electra::server
