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
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/settings/hyperparameter_table.h"
#include "server/access/limits.h"
#include "server/base/log.h"
#include "server/corpora/catalogue.h"
#include "server/jobs/check.h"
#include "server/jobs/storage.h"
#include "server/jobs/text_check.h"
#include "server/models/checkpoint_import.h"
#include "server/store/corpora.h"
#include "server/store/job_corpora.h"
#include "server/store/job_sizes.h"
#include "server/store/models.h"
#include "server/store/names.h"
#include "server/store/notifications.h"

namespace electra::server {
namespace {

// An accepted request gets the same answer again, whatever has changed since.
std::optional<JobView> FindAccepted(Reader& reader, const Caller& caller,
                                    const std::string& request_id) {
  std::optional<JobRow> row = FindRequestedJob(reader, caller.token, request_id);
  if (!row) return std::nullopt;
  return ViewJob(reader, *std::move(row));
}

absl::Status CheckLimits(Reader& reader, const JobContext& context, const Caller& caller) {
  RETURN_IF_ERROR(CheckQueueLimit(reader, caller.token));
  RETURN_IF_ERROR(CheckEndedJobs(reader, context.quotas, caller.token));
  return CheckRoomForJob(reader, context.quotas, caller.token);
}

// A request with everything it refers to, checked.
struct Submission {
  JobSettings settings;
  CorpusRow corpus;
  std::vector<Message> warnings;
};

// Corpora that an estimate may leave out.
void CheckAllAreThere(const CorpusRow& first, JobSettings* settings) {
  for (const JobCorpus& one : settings->corpora) {
    if (one.corpus) continue;
    settings->violations.push_back(
        {absl::StrCat(one.field, ".corpus"),
         Message("CORPUS_NOT_NAMED", "{field} names no corpus", one.field)});
  }
  const std::vector<JobCorpus>& corpora = settings->corpora;
  const bool is_mixed =
      !corpora.empty() && corpora.front().row.purpose == JobCorpusRow::Purpose::kTrain;
  if (is_mixed && corpora.front().row.corpus_id != first.id) {
    settings->violations.push_back(
        {"mix", Message("MIX_WITHOUT_FIRST_CORPUS",
                        "the first corpus of mix is {corpus}: it must be the job's, {first}",
                        corpora.front().row.corpus_name, first.name)});
  }
}

void CheckOtherTexts(const JobContext& context, JobSettings* settings,
                     std::vector<Message>* warnings) {
  for (const JobCorpus& one : settings->corpora) {
    if (!one.corpus || one.field == "mix[0]") continue;  // which is the job's first
    std::vector<Message> own;
    CheckText(context, *settings, *one.corpus, settings->vocabulary, &own, &settings->violations);
    for (const Message& warning : own) {
      warnings->push_back(Within(Message::Uncoded(one.corpus->file_name), warning));
    }
  }
}

absl::StatusOr<Submission> CheckSubmission(const JobContext& context,
                                           const v1::SubmitJobRequest& request) {
  Submission submission;
  ASSIGN_OR_RETURN(submission.settings, CheckRequest(context, request));
  ASSIGN_OR_RETURN(submission.corpus, ReadCorpus(context.database, request.corpus()));
  JobSettings& settings = submission.settings;
  CheckAllAreThere(submission.corpus, &settings);
  if (settings.violations.empty() && request.mix().empty()) {
    CheckBatchCanFit(settings.values, submission.corpus, &settings.violations);
  }
  if (settings.violations.empty()) {
    CheckText(context, settings, submission.corpus, settings.vocabulary, &submission.warnings,
              &settings.violations);
    CheckOtherTexts(context, &settings, &submission.warnings);
  }
  if (!settings.violations.empty()) return FieldViolations(settings.violations);
  return submission;
}

// A vocabulary on its way into its folder; removed in the end unless it was placed there.
class UnfinishedVocabulary {
 public:
  explicit UnfinishedVocabulary(const DataDir& data_dir)
      : data_dir_(data_dir), path_(data_dir.uploads() / absl::StrCat(MakeName(), ".vocab")) {}
  ~UnfinishedVocabulary() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  UnfinishedVocabulary(const UnfinishedVocabulary&) = delete;
  UnfinishedVocabulary& operator=(const UnfinishedVocabulary&) = delete;

  absl::Status Write(const std::string& vocabulary) {
    return WriteTextFile(path_.string(), vocabulary);
  }

  // Under its digest; an existing one is the same.
  absl::Status Place(const std::string& sha256) {
    const std::filesystem::path place = data_dir_.vocabulary(sha256);
    std::error_code error;
    std::filesystem::rename(path_, place, error);
    if (error) return FileError(place, error);
    return SyncDirectory(place.parent_path().string());
  }

 private:
  const DataDir& data_dir_;
  const std::filesystem::path path_;
};

// A job's starting checkpoint must exist as long as the job, whatever happens to the job that wrote
// it.
absl::Status KeepCheckpoint(const JobContext& context, const Caller& caller, StartingModel* model) {
  if (!model->checkpoint) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ModelRow kept, ImportCheckpoint(context.database, context.data_dir,
                                                         context.room, caller, *model->checkpoint));
  model->name = kept.name;
  model->sha256 = kept.sha256;
  model->checkpoint.reset();
  return absl::OkStatus();
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
  job.model_sources = submission.settings.model.sources;
  job.hyperparameters = HyperparametersToJson(values);
  job.requested_device = values.device;
  job.requested_devices = values.devices;
  job.probe = absl::StrJoin(request.probe(), "\n");
  if (caller.call.trace) job.trace_parent = caller.call.trace->ToString();
  return job;
}

// Corpus and model may have been deleted since they were looked up.
absl::Status CheckStillThere(Transaction& transaction, const JobRow& job,
                             const std::vector<JobCorpus>& corpora, const StartingModel& model) {
  RETURN_IF_ERROR(GetCorpus(transaction, job.corpus_id).status());
  for (const JobCorpus& one : corpora) {
    RETURN_IF_ERROR(GetCorpus(transaction, one.row.corpus_id).status());
  }
  if (!model.pretrained) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ModelRow found, FindModel(transaction, model.name));
  if (found.sha256 == model.sha256) return absl::OkStatus();
  return AbortedError("MODEL_REPLACED", "model {model} was replaced meanwhile: submit again",
                      model.name);
}

// The vocabulary's file first, then the row that promises it; in one transaction, so that nobody
// sees the file as unused in between.
absl::StatusOr<JobView> Queue(Transaction& transaction, const JobRow& row,
                              const v1::SubmitJobRequest& request, const JobSettings& settings,
                              UnfinishedVocabulary* vocabulary) {
  const auto vocabulary_bytes = static_cast<int64_t>(settings.vocabulary.size());
  const auto url_bytes = static_cast<int64_t>(request.notify_url().size());
  RETURN_IF_ERROR(CheckStoredBytes(transaction, row.submitted_by, Message("THE_JOB", "the job"),
                                   RecordBytes(row) + vocabulary_bytes + url_bytes));
  if (vocabulary_bytes > 0) RETURN_IF_ERROR(vocabulary->Place(row.vocabulary_sha256));
  const JobTags tags(request.tags().begin(), request.tags().end());
  ASSIGN_OR_RETURN(JobRow queued, InsertJob(transaction, row, tags));
  SetVocabularyBytes(transaction, queued.id, vocabulary_bytes);
  std::vector<JobCorpusRow> corpora;
  for (const JobCorpus& one : settings.corpora) corpora.push_back(one.row);
  InsertJobCorpora(transaction, queued.id, corpora);
  if (!request.notify_url().empty()) SetNotifyUrl(transaction, queued.id, request.notify_url());
  return ViewJob(transaction, std::move(queued));
}

}  // namespace

absl::StatusOr<JobView> SubmitJob(const JobContext& context, const Caller& caller,
                                  const v1::SubmitJobRequest& request) {
  std::optional<JobView> accepted;
  RETURN_IF_ERROR(context.database.Read([&](Reader& reader) {
    accepted = FindAccepted(reader, caller, request.request_id());
    return accepted ? absl::OkStatus() : CheckLimits(reader, context, caller);
  }));
  if (accepted) return *std::move(accepted);
  ASSIGN_OR_RETURN(Submission submission, CheckSubmission(context, request));
  RETURN_IF_ERROR(KeepCheckpoint(context, caller, &submission.settings.model));
  JobRow row = MakeRow(caller, request, submission);
  UnfinishedVocabulary vocabulary(context.data_dir);
  if (const std::string& content = submission.settings.vocabulary; !content.empty()) {
    row.vocabulary_sha256 = Sha256Hex(content);
    RETURN_IF_ERROR(vocabulary.Write(content));
  }
  ASSIGN_OR_RETURN(
      JobView job,
      context.database.Write<JobView>([&](Transaction& transaction) -> absl::StatusOr<JobView> {
        if (auto known = FindAccepted(transaction, caller, request.request_id())) return *known;
        RETURN_IF_ERROR(CheckLimits(transaction, context, caller));
        RETURN_IF_ERROR(CheckStillThere(transaction, row, submission.settings.corpora,
                                        submission.settings.model));
        return Queue(transaction, row, request, submission.settings, &vocabulary);
      }));
  Log(LogLevel::kInfo, "job_submitted",
      {{"job", job.row.name}, {"model", row.model}, {"corpus", row.corpus_name}});
  context.scheduler.Wake();
  job.warnings = submission.warnings;
  return job;
}

}  // namespace electra::server
