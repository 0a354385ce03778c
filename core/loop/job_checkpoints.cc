#include "core/loop/job_checkpoints.h"

#include <utility>
#include <vector>

#include "core/base/status_macros.h"

namespace electra {

absl::StatusOr<std::optional<LoadedCheckpoint>> JobCheckpoints::LoadNewest() {
  last_step_ = whole_step_ = 0;
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(std::optional<LoadedCheckpoint> checkpoint,
                   LoadNewestCheckpoint(dir_, &warnings));
  for (const std::string& warning : warnings) observer_.OnMessage(Severity::kWarning, warning);
  if (checkpoint) {
    last_step_ = whole_step_ = checkpoint->state.step;
    whole_ = checkpoint->path;
  } else if (!warnings.empty()) {
    observer_.OnMessage(Severity::kWarning,
                        "no checkpoint is whole: training begins again with step 1");
  }
  return checkpoint;
}

void JobCheckpoints::Start(CheckpointCopy copy) {
  last_step_ = copy.state.step;
  writer_.Start(std::move(copy));
}

absl::Status JobCheckpoints::Await() { return Report(writer_.Await()); }

absl::Status JobCheckpoints::ReportDone() { return Report(writer_.TakeDone()); }

absl::Status JobCheckpoints::Report(CheckpointWriter::Result written) {
  if (!written) return absl::OkStatus();
  RETURN_IF_ERROR(written->status());
  const std::optional<CheckpointReport>& report = **written;
  is_refused_ = !report;
  if (is_refused_) return absl::OkStatus();
  whole_ = report->path;
  whole_step_ = report->step;
  observer_.OnCheckpoint(*report);
  return absl::OkStatus();
}

}  // namespace electra
