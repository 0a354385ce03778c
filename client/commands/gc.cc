#include <memory>

#include "client/commands/commands.h"
#include "client/shell/list_output.h"
#include "electra/v1/daemon.pb.h"

namespace electra::client {
namespace {

enum class GcMode { kRemove, kCount };

struct GcOptions {
  GcMode mode = GcMode::kRemove;
};

ExitCode RunGc(CommandContext& context, const GcOptions& options) {
  v1::CollectGarbageRequest request;
  request.set_dry_run(options.mode == GcMode::kCount);
  v1::CollectGarbageResponse response;
  const grpc::Status status = context.connection.Call(request, &response);
  if (!status.ok()) return context.Fail(status);
  const Labels& labels = context.labels();
  ListOutput list(context,
                  {{labels.kind}, {labels.count, Align::kRight}, {labels.size, Align::kRight}});
  for (const v1::Garbage& garbage : response.garbage()) {
    list.Add(garbage, {garbage.kind(), ListCount(context, garbage.count()),
                       ListBytes(context, garbage.bytes())});
  }
  list.Finish();
  return ExitCode::kDone;
}

}  // namespace

void AddGc(Command& parent) {
  auto options = std::make_shared<GcOptions>();
  Command command = parent.AddCommand("gc", "Remove files on the server that nothing needs");
  command.AddFlag(
      "--dry-run", [options] { options->mode = GcMode::kCount; }, "Only say what would go");
  command.Footer(
      "Example:\n"
      "  electra server gc --dry-run\n\n"
      "What goes: corpora, vocabularies, models and job folders that nothing names; of jobs that\n"
      "have ended all checkpoints but the newest and the best; token caches, while no job trains;\n"
      "uploads that broke off more than a day ago.");
  command.Runs([options](CommandContext& context) { return RunGc(context, *options); });
}

}  // namespace electra::client
