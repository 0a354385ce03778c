#include "client/rpc/server_return.h"

#include <algorithm>

namespace electra::client {
namespace {

// Long enough for a connection in a network of one place; a longer one is made over several probes.
constexpr absl::Duration kProbe = absl::Milliseconds(50);
constexpr absl::Duration kBetweenProbes = absl::Milliseconds(450);

}  // namespace

bool AwaitReturn(Connection& connection, Environment& environment, absl::Duration pause) {
  if (connection.IsConnected()) {
    environment.wait(pause);
    return false;
  }
  while (pause > absl::ZeroDuration() && !connection.interruption().triggered()) {
    environment.wait(std::min(pause, kBetweenProbes));
    if (connection.interruption().triggered()) return false;
    if (connection.IsConnected(kProbe)) return true;
    pause -= kBetweenProbes + kProbe;
  }
  return false;
}

}  // namespace electra::client
