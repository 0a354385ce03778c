#include "server/jobs/submission.h"

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/settings/hyperparameter_table.h"
#include "core/text/vocabulary.h"
#include "server/access/limits.h"
#include "server/base/log.h"
#include "server/corpora/catalogue.h"
#include "server/jobs/check.h"
#include "server/jobs/checkpoint_quota.h"
#include "server/jobs/text_check.h"
#include "server/store/corpora.h"
#include "server/store/models.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

// What was accepted once is answered alike, whatever has changed since.
absl::StatusOr<std::optional<JobView>> FindAccepted(Database& database,
                                                    const std::string& request_id) {
  return database.Read<std::optional<JobView>>([&](Reader& reader) {
    std::optional<JobView> accepted;
    if (std::optional<JobRow> row = FindRequestedJob(reader, request_id)) {
      accepted = ViewJob(reader, *std::move(row));
    }
    return accepted;
  });
}

// What a request asks for, looked up and found to be in order.
struct Submission {
  JobSettings settings;
  CorpusRow corpus;
  std::vector<std::string> warnings;
};

absl::StatusOr<Submission> CheckSubmission(const JobContext& context,
                                           const v1::SubmitJobRequest& request) {
  std::vector<FieldViolation> violations;
  CheckSubmissionFields(request, &violations);
  if (!violations.empty()) return FieldViolations(violations);
  Submission submission;
  ASSIGN_OR_RETURN(
      submission.settings,
      CheckJobSettings(context, request.model(), request.hyperparameters(), request.vocabulary()));
  ASSIGN_OR_RETURN(submission.corpus, ReadCorpus(context.database, request.corpus()));
  JobSettings& settings = submission.settings;
  CheckProbe(request, settings.values, &settings.violations);
  if (settings.violations.empty()) {
    CheckBatchCanFit(settings.values, submission.corpus, &settings.violations);
  }
  if (settings.violations.empty()) {
    CheckText(context, settings, submission.corpus, request.vocabulary(), &submission.warnings,
              &settings.violations);
  }
  if (!settings.violations.empty()) return FieldViolations(settings.violations);
  return submission;
}

// Checks the vocabulary and stores it, or marks the one that is there as wanted; its digest.
absl::StatusOr<std::string> StoreVocabulary(const DataDir& data_dir,
                                            const std::string& vocabulary) {
  RETURN_IF_ERROR(Vocabulary::Parse(vocabulary, "vocab.txt").status());
  std::string digest = Sha256Hex(vocabulary);
  const std::filesystem::path path = data_dir.vocabulary(digest);
  // Its time says that it is wanted: `electra gc` leaves it.
  std::error_code missing;
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now(), missing);
  if (!missing) return digest;
  const std::filesystem::path unfinished = data_dir.uploads() / absl::StrCat(MakeName(), ".vocab");
  RETURN_IF_ERROR(WriteTextFile(unfinished.string(), vocabulary));
  std::error_code error;
  std::filesystem::rename(unfinished, path, error);
  if (error) return absl::InternalError(absl::StrCat(path.string(), ": ", error.message()));
  RETURN_IF_ERROR(SyncDirectory(path.parent_path().string()));
  return digest;
}

JobRow MakeRow(const Caller& caller, const v1::SubmitJobRequest& request,
               const Submission& submission) {
  const Hyperparameters& values = submission.settings.values;
  JobRow job;
  job.name = MakeName();
  job.request_id = request.request_id();
  job.submitted_by = caller.token;
  job.display_name = request.display_name();
  job.priority = request.priority();
  job.corpus_id = submission.corpus.id;
  job.corpus_name = submission.corpus.name;
  job.corpus_file_name = submission.corpus.file_name;
  job.model = submission.settings.model.name;
  job.model_sha256 = submission.settings.model.sha256;
  job.hyperparameters = HyperparametersToJson(values);
  job.requested_device = values.device;
  job.requested_devices = values.devices;
  job.probe = absl::StrJoin(request.probe(), "\n");
  if (caller.call.trace) job.trace_parent = caller.call.trace->ToString();
  return job;
}

// Corpus and model may have been deleted since they were looked up.
absl::Status CheckStillThere(Transaction& transaction, const JobRow& job,
                             const StartingModel& model) {
  RETURN_IF_ERROR(GetCorpus(transaction, job.corpus_id).status());
  if (!model.pretrained) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ModelRow found, FindModel(transaction, model.name));
  if (found.sha256 == model.sha256) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat("model ", model.name, " was replaced meanwhile: submit again"));
}

}  // namespace

absl::StatusOr<JobView> SubmitJob(const JobContext& context, const Caller& caller,
                                  const v1::SubmitJobRequest& request) {
  ASSIGN_OR_RETURN(std::optional<JobView> accepted,
                   FindAccepted(context.database, request.request_id()));
  if (accepted) return *std::move(accepted);
  RETURN_IF_ERROR(CheckCheckpointQuota(context, caller));
  ASSIGN_OR_RETURN(const Submission submission, CheckSubmission(context, request));
  JobRow row = MakeRow(caller, request, submission);
  if (!submission.settings.vocabulary.empty()) {
    ASSIGN_OR_RETURN(row.vocabulary_sha256,
                     StoreVocabulary(context.data_dir, submission.settings.vocabulary));
  }
  const JobTags tags(request.tags().begin(), request.tags().end());
  ASSIGN_OR_RETURN(
      JobView job,
      context.database.Write<JobView>([&](Transaction& transaction) -> absl::StatusOr<JobView> {
        RETURN_IF_ERROR(CheckStillThere(transaction, row, submission.settings.model));
        ASSIGN_OR_RETURN(JobRow queued, InsertJob(transaction, row, tags));
        RETURN_IF_ERROR(CheckQueueLimit(transaction, caller));
        return ViewJob(transaction, std::move(queued));
      }));
  Log(LogLevel::kInfo, "job_submitted",
      {{"job", job.row.name}, {"model", row.model}, {"corpus", row.corpus_name}});
  context.scheduler.Wake();
  job.warnings = submission.warnings;
  return job;
}

}  // namespace electra::server
