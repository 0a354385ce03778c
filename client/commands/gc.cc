#include <memory>

#include "client/commands/commands.h"
#include "client/i18n/server_message.h"
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
    const Message kind = ServerMessage(garbage.kind(), garbage.kind_code());
    list.Add(garbage, {InLanguage(kind, context.language), ListCount(context, garbage.count()),
                       ListBytes(context, garbage.bytes())});
  }
  list.Finish();
  return ExitCode::kDone;
}

}  // namespace

void AddGc(Command& parent) {
  auto options = std::make_shared<GcOptions>();
  Command command = parent.AddCommand("gc", "Remove unused files on the server");
  command.AddFlag(
      "--dry-run", [options] { options->mode = GcMode::kCount; },
      "Show what would be removed, and remove nothing");
  command.Footer(
      "Example:\n"
      "  electra server gc --dry-run\n\n"
      "Removes corpora, vocabularies, models and job folders that nothing refers to; all "
      "checkpoints\n"
      "of ended jobs except the newest and the best; token caches, while no job is training; and\n"
      "uploads that broke off more than a day ago.");
  command.Runs([options](CommandContext& context) { return RunGc(context, *options); });
}

}  // namespace electra::client
