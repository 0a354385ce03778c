// The sockets on which the daemon listens.
//
//   ASSIGN_OR_RETURN(ListeningSockets listening, ListenOn("127.0.0.1:0", {}));
//
// Free functions without state.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/file.h"

namespace electra::server {

struct ListeningSockets {
  std::vector<FileDescriptor> sockets;  // one for each address of the host; they do not block
  int port = 0;                         // the same for all of them
  std::string path;                     // of a Unix socket, to remove when it is closed; else empty
};

struct ListenOptions {
  // A peer of an accepted connection that leaves sent bytes unacknowledged for this long is gone.
  absl::Duration patience = absl::Minutes(1);
  // Who may connect to a Unix socket: the file has this mode from the moment it is created.
  mode_t socket_mode = 0600;
};

// `address` is HOST:PORT, where port 0 takes a free one, or unix:PATH, where a socket that nobody
// listens on is replaced. InvalidArgument: neither, or PATH is too long. Unavailable: the port or
// the path is taken, or the host is not this machine's.
absl::StatusOr<ListeningSockets> ListenOn(const std::string& address, const ListenOptions& options);

}  // namespace electra::server
