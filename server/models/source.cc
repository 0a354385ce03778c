#include "server/models/source.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint.h"
#include "server/base/resource_names.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

absl::StatusOr<int64_t> ChooseStep(const JobRow& job, const std::filesystem::path& checkpoints_dir,
                                   int64_t step) {
  const std::vector<int64_t> steps = CheckpointSteps(checkpoints_dir);
  if (steps.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("job ", job.name, " has no checkpoint", IsTerminal(job.state) ? "" : " yet"));
  }
  // What the job itself calls its model (electra job), which may be the best instead of the last.
  for (int64_t kept : steps) {
    const std::filesystem::path folder = CheckpointDir(checkpoints_dir, kept).filename();
    if (step == 0 && folder == std::filesystem::path(job.model_path).filename()) return kept;
  }
  if (step == 0) return steps.back();
  if (std::find(steps.begin(), steps.end(), step) != steps.end()) return step;
  return absl::NotFoundError(absl::StrCat("job ", job.name, " has no checkpoint of step ", step,
                                          ": there are those of ", absl::StrJoin(steps, ", ")));
}

}  // namespace

absl::StatusOr<ModelSource> FindModelSource(Database& database, const DataDir& data_dir,
                                            const std::string& name, int64_t step) {
  ModelSource source;
  if (name.starts_with("models/")) {
    if (step != 0) {
      return absl::InvalidArgumentError("an imported model has no checkpoints of steps");
    }
    ASSIGN_OR_RETURN(const std::string id, ParseResourceName(name, "models"));
    RETURN_IF_ERROR(database.Read([&](Reader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(source.model, FindModel(reader, id));
      return absl::OkStatus();
    }));
    source.folder = data_dir.model(source.model->folder);
    return source;
  }
  ASSIGN_OR_RETURN(const std::string id, ParseResourceName(name, "jobs"));
  if (step < 0) return absl::InvalidArgumentError("step is negative");
  RETURN_IF_ERROR(database.Read([&](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(source.job, FindJob(reader, id));
    return absl::OkStatus();
  }));
  const std::filesystem::path checkpoints = data_dir.job(source.job->name) / "checkpoints";
  ASSIGN_OR_RETURN(source.step, ChooseStep(*source.job, checkpoints, step));
  source.folder = CheckpointDir(checkpoints, source.step);
  return source;
}

}  // namespace electra::server
