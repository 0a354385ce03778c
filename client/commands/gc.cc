#include <CLI/CLI.hpp>
#include <memory>

#include "client/commands/commands.h"
#include "client/shell/list_output.h"

namespace electra::client {

void AddGc(CLI::App& app, Runner& runner) {
  auto options = std::make_shared<GcOptions>();
  CLI::App* command = app.add_subcommand("gc", "Remove files on the server that nothing needs");
  command->add_flag_callback(
      "--dry-run", [options] { options->mode = GcMode::kCount; }, "Only say what would go");
  command->footer(
      "Example:\n"
      "  electra gc --dry-run\n\n"
      "What goes: corpora, vocabularies, models and job folders that nothing names; of jobs that\n"
      "have ended all checkpoints but the newest and the best; token caches, while no job trains;\n"
      "uploads that broke off more than a day ago.");
  command->callback([options, &runner] {
    runner = [options](CommandContext& context) { return RunGc(context, *options); };
  });
}

ExitCode RunGc(CommandContext& context, const GcOptions& options) {
  v1::CollectGarbageRequest request;
  request.set_dry_run(options.mode == GcMode::kCount);
  v1::CollectGarbageResponse response;
  const grpc::Status status = context.connection.Call(
      context.connection.daemon(), &v1::DaemonService::Stub::CollectGarbage, request, &response);
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

}  // namespace electra::client
