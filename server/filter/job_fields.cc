#include "server/filter/job_fields.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/base/hints.h"
#include "core/base/nearest.h"
#include "core/base/utf8.h"

namespace electra::server {
namespace {

using Type = JobField::Type;

// The contract's names and, before them, the short ones that users type. `eval_loss` is the best
// evaluation's, which lists show.
constexpr JobField kFields[] = {
    {"state", Type::kState, "jobs.state", ""},
    {"name", Type::kText, "jobs.display_name", ""},
    {"display_name", Type::kText, "jobs.display_name", ""},
    {"id", Type::kText, "jobs.name", "jobs/"},
    {"model", Type::kText, "jobs.model", "models/"},
    {"corpus", Type::kText, "jobs.corpus_name", "corpora/"},
    {"corpus_display_name", Type::kText, "jobs.corpus_file_name", ""},
    {"note", Type::kText, "jobs.note", ""},
    {"device", Type::kText, "jobs.device", ""},
    {"reason", Type::kText, "jobs.reason", ""},
    {"submitted_by", Type::kText, "jobs.submitted_by", "tokens/"},
    {"eval_loss", Type::kNumber, "jobs.best_evaluation_loss", ""},
    {"best_evaluation.combined_loss", Type::kNumber, "jobs.best_evaluation_loss", ""},
    {"step", Type::kNumber, "jobs.step", ""},
    {"total_steps", Type::kNumber, "jobs.total_steps", ""},
    {"skipped_steps", Type::kNumber, "jobs.skipped_steps", ""},
    {"priority", Type::kNumber, "jobs.priority", ""},
    {"created", Type::kTime, "jobs.created_at", ""},
    {"create_time", Type::kTime, "jobs.created_at", ""},
    {"started", Type::kTime, "jobs.started_at", ""},
    {"start_time", Type::kTime, "jobs.started_at", ""},
    {"ended", Type::kTime, "jobs.ended_at", ""},
    {"end_time", Type::kTime, "jobs.ended_at", ""},
    {"updated", Type::kTime, "jobs.updated_at", ""},
    {"update_time", Type::kTime, "jobs.updated_at", ""},
};

}  // namespace

const JobField* FindJobField(std::string_view name) {
  const auto* field = std::find_if(std::begin(kFields), std::end(kFields),
                                   [&](const JobField& known) { return known.name == name; });
  return field == std::end(kFields) ? nullptr : field;
}

Message UnknownJobField(std::string_view name) {
  std::vector<std::string_view> names = {"tags", "hyperparameters"};
  for (const JobField& field : kFields) names.push_back(field.name);
  const std::optional<std::string> nearest = Nearest(name, names);
  return Message("UNKNOWN_JOB_FIELD", "there is no field {field}: {hint}", Quoted(name),
                 nearest ? DidYouMean(Quoted(*nearest)) : UseOneOf(names));
}

}  // namespace electra::server
