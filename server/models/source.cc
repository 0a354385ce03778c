#include "server/models/source.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/loop/checkpoint_folders.h"
#include "server/base/resource_names.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

constexpr size_t kLongestName = 80;  // bytes of one that an error quotes

// The model of `step`, else the job's own.
absl::StatusOr<int64_t> ChooseStep(const JobRow& job, const std::filesystem::path& checkpoints_dir,
                                   std::optional<int64_t> step) {
  const std::vector<int64_t> steps = CheckpointSteps(checkpoints_dir);
  const bool has_step = step && std::find(steps.begin(), steps.end(), *step) != steps.end();
  if (has_step) return *step;
  if (step == 0) {
    return NotFoundError("JOB_WITHOUT_CHECKPOINT_OF_START",
                         "job {job} has no checkpoint of step 0: for the model that it began with, "
                         "use models/{model}",
                         job.name, job.model);
  }
  if (steps.empty()) {
    if (IsTerminal(job.state)) {
      return FailedPreconditionError("JOB_WITHOUT_CHECKPOINT", "job {job} has no checkpoint",
                                     job.name);
    }
    return FailedPreconditionError("JOB_WITHOUT_CHECKPOINT_YET", "job {job} has no checkpoint yet",
                                   job.name);
  }
  if (step) {
    return NotFoundError("JOB_WITHOUT_CHECKPOINT_OF_STEP",
                         "job {job} has no checkpoint of step {step}: there are checkpoints of "
                         "{steps}",
                         job.name, *step, absl::StrJoin(steps, ", "));
  }
  // What the job itself calls its model (electra job), which may be the best instead of the last.
  for (int64_t kept : steps) {
    const std::filesystem::path folder = CheckpointDir(checkpoints_dir, kept).filename();
    if (folder == std::filesystem::path(job.model_path).filename()) return kept;
  }
  return steps.back();
}

absl::StatusOr<ModelSource> FindJobSource(Database& database, const DataDir& data_dir,
                                          const std::string& name, std::optional<int64_t> step) {
  ModelSource source;
  ASSIGN_OR_RETURN(const std::string id, ParseResourceName(name, "jobs"));
  RETURN_IF_ERROR(database.Read([&](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(source.job, FindJob(reader, id));
    return absl::OkStatus();
  }));
  const std::filesystem::path checkpoints = CheckpointsDir(data_dir.job(source.job->name));
  ASSIGN_OR_RETURN(source.step, ChooseStep(*source.job, checkpoints, step));
  source.folder = CheckpointDir(checkpoints, source.step);
  return source;
}

}  // namespace

absl::StatusOr<ModelSource> FindModelSource(Database& database, const DataDir& data_dir,
                                            const std::string& name, int64_t step) {
  ModelSource source;
  if (name.starts_with("models/")) {
    if (step != 0) {
      return InvalidArgumentError("IMPORTED_MODEL_HAS_NO_STEPS",
                                  "an imported model has no checkpoints of steps");
    }
    ASSIGN_OR_RETURN(const std::string id, ParseResourceName(name, "models"));
    RETURN_IF_ERROR(database.Read([&](Reader& reader) -> absl::Status {
      ASSIGN_OR_RETURN(source.model, FindModel(reader, id));
      return absl::OkStatus();
    }));
    source.folder = data_dir.model(source.model->folder);
    return source;
  }
  if (step < 0) return NegativeField("step", step);
  return FindJobSource(database, data_dir, name, step == 0 ? std::nullopt : std::optional(step));
}

absl::StatusOr<ModelSource> FindCheckpoint(Database& database, const DataDir& data_dir,
                                           const std::string& name) {
  const size_t at = name.find('@');
  if (at == std::string::npos) return FindJobSource(database, data_dir, name, std::nullopt);
  int64_t step = 0;
  if (!absl::SimpleAtoi(name.substr(at + 1), &step) || step < 0) {
    return InvalidArgumentError("BAD_CHECKPOINT_STEP",
                                "the step after @ in {name} must be a number, 0 or above",
                                Quoted(name, kLongestName));
  }
  return FindJobSource(database, data_dir, name.substr(0, at), step);
}

}  // namespace electra::server
