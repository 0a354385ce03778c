#include "core/loop/job_checkpoints.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/loop/checkpoint_folders.h"

namespace electra {

absl::StatusOr<std::optional<LoadedCheckpoint>> JobCheckpoints::LoadNewest() {
  last_step_ = whole_step_ = 0;
  whole_.clear();
  std::vector<Message> warnings;
  ASSIGN_OR_RETURN(std::optional<LoadedCheckpoint> checkpoint,
                   LoadNewestCheckpoint(dir_, &warnings));
  for (const Message& warning : warnings) observer_.OnMessage(Severity::kWarning, warning);
  if (checkpoint) {
    last_step_ = whole_step_ = checkpoint->state.step;
    whole_ = checkpoint->path;
  } else if (!warnings.empty()) {
    observer_.OnMessage(Severity::kWarning,
                        Message("NO_WHOLE_CHECKPOINT",
                                "no checkpoint is whole: training begins again with step 1"));
  }
  SetLaterCheckpointsAside(dir_, checkpoint ? whole_step_ : -1);
  return checkpoint;
}

absl::StatusOr<bool> JobCheckpoints::FindBest(int64_t step) {
  const std::filesystem::path folder = CheckpointDir(dir_, step);
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return false;
  RETURN_IF_ERROR(MarkBestCheckpoint(folder));
  return true;
}

void JobCheckpoints::Start(CheckpointCopy copy) {
  if (!writer_.is_busy()) {
    last_step_ = copy.state.step;
    writer_.Start(std::move(copy));
    return;
  }
  if (!waiting_) {
    observer_.OnMessage(
        Severity::kWarning,
        Message("CHECKPOINT_WAITS",
                "the checkpoint of step {step} waits: that of step {earlier_step} is still being "
                "written. Training goes on; only the newest checkpoint that falls due meanwhile is "
                "written",
                copy.state.step, last_step_));
  } else if (waiting_->is_best && !copy.is_best) {
    return;
  }
  copy.Fetch();  // the wait may be long, and the device needs its memory
  last_step_ = copy.state.step;
  waiting_ = std::move(copy);
}

absl::Status JobCheckpoints::Await() {
  while (writer_.is_busy()) RETURN_IF_ERROR(Report(writer_.Await()));
  return absl::OkStatus();
}

absl::Status JobCheckpoints::AwaitForAWhile() {
  return waiting_ ? ReportDone() : Report(writer_.Await(patience_));
}

absl::Status JobCheckpoints::ReportDone() { return Report(writer_.TakeDone()); }

absl::Status JobCheckpoints::Report(CheckpointWriter::Result written) {
  if (!written) return absl::OkStatus();
  std::optional<CheckpointCopy> next = std::exchange(waiting_, std::nullopt);
  RETURN_IF_ERROR(written->status());
  const std::optional<CheckpointReport>& report = **written;
  is_refused_ = !report;
  if (is_refused_) return absl::OkStatus();
  whole_ = report->path;
  whole_step_ = report->step;
  observer_.OnCheckpoint(*report);
  if (next) writer_.Start(*std::move(next));
  return absl::OkStatus();
}

}  // namespace electra
