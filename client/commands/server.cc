#include "client/commands/commands.h"

namespace electra::client {

void AddServer(Command& parent) {
  Command group =
      parent.AddCommand("server", "Show the server's status, and free its disk space and memory");
  group.RequireCommand();
  group.Footer(
      "Example:\n"
      "  electra server status\n"
      "  electra server gc --dry-run");
  AddStatus(group);
  AddGc(group);
  AddUnload(group);
}

}  // namespace electra::client
