
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/format.h"
#include "electra/v1/daemon.pb.h"

namespace electra::client {
namespace {

std::string DeviceText(const CommandContext& context, const v1::Device& device) {
  std::string text = device.description();
  if (device.memory_bytes() > 0) {
    absl::StrAppend(&text, ", ", context.labels().memory, " ");
    if (device.memory_used_bytes() > 0) {
      absl::StrAppend(&text, FormatBytes(device.memory_used_bytes()), " / ");
    }
    absl::StrAppend(&text, FormatBytes(device.memory_bytes()));
  }
  if (!device.running_job().empty()) {
    absl::StrAppend(&text, ", ", context.labels().running_job, " ", device.running_job());
  }
  if (!device.waiting_job().empty()) {
    absl::StrAppend(&text, ", ", context.labels().next_job, " ", device.waiting_job());
  }
  return text;
}

std::string RankText(const Labels& labels, const v1::Rank& rank) {
  if (rank.host().empty()) return absl::StrCat(rank.rank(), ": ", labels.rank_lost);
  return absl::StrCat(rank.rank(), ": ", rank.host(), " ", rank.device(),
                      rank.present() ? "" : absl::StrCat(", ", labels.rank_lost));
}

ExitCode RunStatus(CommandContext& context) {
  v1::DaemonStatus daemon;
  const grpc::Status status = context.connection.Call(v1::GetStatusRequest(), &daemon);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), daemon);
    return ExitCode::kDone;
  }
  const Labels& labels = context.labels();
  FactOutput facts(context);
  facts.Add("version", labels.version, daemon.version());
  facts.Add("start_time", labels.started, ListTime(context, daemon.start_time()));
  facts.Add("queued_jobs", labels.jobs_waiting, absl::StrCat(daemon.queued_jobs()));
  facts.Add("running_jobs", labels.jobs_running, absl::StrCat(daemon.running_jobs()));
  facts.Add("ended_jobs", labels.jobs_ended, absl::StrCat(daemon.ended_jobs()));
  facts.Add("watchers", labels.watchers, absl::StrCat(daemon.watchers()));
  facts.Add("data_dir", labels.data_dir, daemon.data_dir());
  facts.Add("free_bytes", labels.free_space, ListBytes(context, daemon.free_bytes()));
  facts.Add("schema_version", labels.schema, absl::StrCat(daemon.schema_version()));
  if (daemon.queue_policy() == v1::JOBS_BY_DEVICES) {
    facts.Add("queue_policy", labels.queue, labels.jobs_by_devices);
  } else if (daemon.queue_policy() == v1::JOBS_OVER_RANKS) {
    facts.Add("queue_policy", labels.queue, labels.jobs_over_ranks);
  }
  for (const v1::Device& device : daemon.devices()) {
    facts.Add("device", labels.device,
              absl::StrCat(device.name(), ": ", DeviceText(context, device)));
  }
  for (const v1::Rank& rank : daemon.ranks()) {
    facts.Add("rank", labels.rank, RankText(labels, rank));
  }
  facts.Finish();
  return ExitCode::kDone;
}

}  // namespace

void AddStatus(Command& parent) {
  Command command =
      parent.AddCommand("status", "Show the server's version, devices, jobs and free space");
  command.Footer(
      "Example:\n"
      "  electra status\n"
      "  electra --server gpu1:50551 server status && echo reachable");
  command.Runs(RunStatus);
}

}  // namespace electra::client
