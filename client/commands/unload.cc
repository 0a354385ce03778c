#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/rpc/json_output.h"
#include "client/text/format.h"
#include "electra/v1/daemon.pb.h"

namespace electra::client {
namespace {

ExitCode RunUnload(CommandContext& context) {
  v1::UnloadModelsResponse response;
  const grpc::Status status = context.connection.Call(v1::UnloadModelsRequest(), &response);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), response);
    return ExitCode::kDone;
  }
  context.out() << absl::Substitute(context.labels().unloaded, absl::StrCat(response.models()),
                                    FormatBytes(response.bytes()))
                << "\n";
  return ExitCode::kDone;
}

}  // namespace

void AddUnload(Command& parent) {
  Command command =
      parent.AddCommand("unload", "Release memory that the server keeps for later jobs");
  command.Footer(
      "Example:\n"
      "  electra server unload\n\n"
      "Releases weights of imported models that no job is training, which the next job that "
      "starts\n"
      "from them reads from disk again, and unused memory of the devices.");
  command.Runs(RunUnload);
}

}  // namespace electra::client
