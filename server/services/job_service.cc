#include "server/services/job_service.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/settings/hyperparameter_table.h"
#include "core/text/vocabulary.h"
#include "server/access/limits.h"
#include "server/base/log.h"
#include "server/base/resource_names.h"
#include "server/jobs/check.h"
#include "server/jobs/estimate.h"
#include "server/jobs/labels.h"
#include "server/jobs/list.h"
#include "server/jobs/report_messages.h"
#include "server/models/starting_model.h"
#include "server/store/corpora.h"
#include "server/store/history.h"
#include "server/store/job_state.h"
#include "server/store/job_tags.h"
#include "server/store/jobs.h"
#include "server/store/models.h"
#include "server/store/names.h"
#include "server/upkeep/garbage.h"

namespace electra::server {
namespace {

constexpr int kMaxPriority = 100;
constexpr size_t kMaxRequestId = 64;
constexpr size_t kMaxHyperparameters = 64 << 10;
constexpr int kMaxProbe = 100;
constexpr size_t kMaxProbeSentence = 4096;

// Of sentences that are kept one a line.
int CountLines(std::string_view text) {
  return text.empty() ? 0 : 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

JobLabels LabelsOf(SQLite::Database& connection, const JobRow& row) {
  return {
      .display_name = row.display_name, .note = row.note, .tags = ReadJobTags(connection, row.id)};
}

// What other tables know of jobs, of one or of many.
struct JobDetails {
  explicit JobDetails(SQLite::Database& database)
      : connection(database), summaries(database), tags(database) {}

  SQLite::Database& connection;
  RunSummaries summaries;
  JobTagReader tags;
};

// A job as the contract shows it.
absl::Status FillJob(JobDetails& details, const JobRow& row, v1::Job* job) {
  job->set_name(absl::StrCat("jobs/", row.name));
  job->set_display_name(row.display_name);
  job->set_state(row.state);
  job->set_corpus(absl::StrCat("corpora/", row.corpus_name));
  job->set_corpus_display_name(row.corpus_file_name);
  job->set_model(absl::StrCat("models/", row.model));
  ASSIGN_OR_RETURN(*job->mutable_hyperparameters(), JsonToStruct(row.hyperparameters));
  job->set_vocabulary_sha256(row.vocabulary_sha256);
  job->set_priority(static_cast<int32_t>(row.priority));
  *job->mutable_create_time() = ToTimestamp(row.created_at);
  if (row.started_at != 0) *job->mutable_start_time() = ToTimestamp(row.started_at);
  if (row.ended_at != 0) *job->mutable_end_time() = ToTimestamp(row.ended_at);
  *job->mutable_update_time() = ToTimestamp(row.updated_at);
  job->set_reason(row.reason);
  job->set_queue_position(QueuePosition(details.connection, row));
  job->set_step(row.step);
  job->set_total_steps(row.total_steps);
  job->set_last_sequence(row.last_sequence);
  job->set_model_path(row.model_path);
  job->set_device(row.device);
  if (!row.submitted_by.empty()) job->set_submitted_by(absl::StrCat("tokens/", row.submitted_by));
  RunSummary run = details.summaries.Read(row.id);
  if (run.last_step) *job->mutable_last_step() = *std::move(run.last_step);
  if (run.first_evaluation) *job->mutable_first_evaluation() = *std::move(run.first_evaluation);
  if (run.last_evaluation) *job->mutable_last_evaluation() = *std::move(run.last_evaluation);
  if (run.best_evaluation) *job->mutable_best_evaluation() = *std::move(run.best_evaluation);
  job->set_skipped_steps(row.skipped_steps);
  job->set_probe_count(CountLines(row.probe));
  const JobLabels labels{
      .display_name = row.display_name, .note = row.note, .tags = details.tags.Read(row.id)};
  job->set_note(labels.note);
  job->set_trace_parent(row.trace_parent);
  for (const auto& [key, value] : labels.tags) (*job->mutable_tags())[key] = value;
  job->set_etag(EtagOf(row.name, labels));
  return absl::OkStatus();
}

absl::Status FillJob(SQLite::Database& connection, const JobRow& row, v1::Job* job) {
  JobDetails details(connection);
  return FillJob(details, row, job);
}

// Whether a sentence has a token at all is known when the vocabulary is.
void CheckProbe(const v1::SubmitJobRequest& request, const Hyperparameters& hyperparameters,
                std::vector<FieldViolation>* violations) {
  if (request.probe_size() > kMaxProbe) {
    violations->push_back(
        {"probe", absl::StrCat("probe has ", request.probe_size(), " sentences: at most ",
                               kMaxProbe, " are accepted")});
  }
  for (int i = 0; i < request.probe_size(); ++i) {
    const std::string& sentence = request.probe(i);
    const std::string number = absl::StrCat("probe sentence ", i + 1);
    if (sentence.size() > kMaxProbeSentence) {
      violations->push_back(
          {"probe", absl::StrCat(number, " has ", sentence.size(), " bytes: at most ",
                                 kMaxProbeSentence, " are accepted")});
    } else if (sentence.find_first_not_of(" \t\r") == std::string::npos ||
               sentence.find('\n') != std::string::npos) {
      violations->push_back({"probe", absl::StrCat(number, " must be one line with text")});
    }
  }
  if (request.probe_size() > 0 && hyperparameters.sample_every == 0) {
    violations->push_back({"probe",
                           "probe sentences are shown with samples, but sample_every is 0: set it "
                           "above 0"});
  }
}

void CheckFields(const v1::SubmitJobRequest& request, std::vector<FieldViolation>* violations) {
  CheckDisplayName(request.display_name(), violations);
  CheckTags({request.tags().begin(), request.tags().end()}, violations);
  if (request.priority() < -kMaxPriority || request.priority() > kMaxPriority) {
    violations->push_back(
        {"priority", absl::StrCat("priority is ", request.priority(), ": it must be from -",
                                  kMaxPriority, " to ", kMaxPriority)});
  }
  if (request.hyperparameters().ByteSizeLong() > kMaxHyperparameters) {
    violations->push_back(
        {"hyperparameters",
         absl::StrCat("hyperparameters have ", request.hyperparameters().ByteSizeLong(),
                      " bytes: at most ", kMaxHyperparameters)});
  }
  if (request.request_id().size() > kMaxRequestId) {
    violations->push_back({"request_id", "request_id must be a UUID"});
  }
}

}  // namespace

absl::StatusOr<std::string> JobService::StoreVocabulary(const std::string& vocabulary) {
  RETURN_IF_ERROR(Vocabulary::Parse(vocabulary, "vocab.txt").status());
  std::string digest = Sha256Hex(vocabulary);
  const std::filesystem::path path = data_dir_.vocabulary(digest);
  // Its time says that it is wanted: `electra gc` leaves it.
  std::error_code missing;
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now(), missing);
  if (!missing) return digest;
  const std::filesystem::path unfinished = data_dir_.uploads() / absl::StrCat(MakeName(), ".vocab");
  RETURN_IF_ERROR(WriteTextFile(unfinished.string(), vocabulary));
  std::error_code error;
  std::filesystem::rename(unfinished, path, error);
  if (error) return absl::InternalError(absl::StrCat(path.string(), ": ", error.message()));
  RETURN_IF_ERROR(SyncDirectory(path.parent_path().string()));
  return digest;
}

absl::Status JobService::CheckQuota(const Caller& caller) const {
  RETURN_IF_ERROR(database_.Read(
      [&](SQLite::Database& connection) { return CheckJobBytes(connection, data_dir_, caller); }));
  const int64_t quota = quotas_.checkpoints.load();
  if (quota <= 0) return absl::OkStatus();
  const int64_t used = FolderBytes(data_dir_.job(""));
  if (used < quota) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("the jobs' checkpoints have ", used,
                                                   " bytes of at most ", quota,
                                                   ": `electra gc` makes room"));
}

absl::StatusOr<CorpusRow> JobService::ReadCorpus(const std::string& resource) const {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "corpora"));
  CorpusRow corpus;
  RETURN_IF_ERROR(database_.Read([&](SQLite::Database& connection) -> absl::Status {
    ASSIGN_OR_RETURN(corpus, FindCorpus(connection, name));
    return absl::OkStatus();
  }));
  return corpus;
}

void JobService::CheckDevices(JobSettings* settings) const {
  if (settings->device.empty()) return;  // said already
  const absl::Status fits =
      scheduler_.CheckDevices(settings->values.device, settings->values.devices);
  if (fits.ok()) return;
  settings->violations.push_back({"hyperparameters.devices", std::string(fits.message())});
}

absl::Status JobService::Submit(const Caller& caller, const v1::SubmitJobRequest& request,
                                v1::Job* response) {
  // What was accepted once is answered alike, whatever has changed since.
  RETURN_IF_ERROR(database_.Read([&](SQLite::Database& connection) -> absl::Status {
    const std::optional<JobRow> known = FindRequestedJob(connection, request.request_id());
    return known ? FillJob(connection, *known, response) : absl::OkStatus();
  }));
  if (!response->name().empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckQuota(caller));
  std::vector<FieldViolation> violations;
  CheckFields(request, &violations);
  if (!violations.empty()) return FieldViolations(violations);

  ASSIGN_OR_RETURN(JobSettings settings,
                   CheckJobSettings(database_, data_dir_, trainer_, request.model(),
                                    request.hyperparameters(), request.vocabulary()));
  CheckDevices(&settings);
  const StartingModel& model = settings.model;
  const Hyperparameters& hyperparameters = settings.values;
  ASSIGN_OR_RETURN(const CorpusRow corpus, ReadCorpus(request.corpus()));
  CheckProbe(request, hyperparameters, &settings.violations);
  if (settings.violations.empty()) {
    CheckBatchCanFit(hyperparameters, corpus, &settings.violations);
  }
  if (!settings.violations.empty()) return FieldViolations(settings.violations);

  JobRow job;
  if (!request.vocabulary().empty()) {
    ASSIGN_OR_RETURN(job.vocabulary_sha256, StoreVocabulary(request.vocabulary()));
  }
  job.name = MakeName();
  job.request_id = request.request_id();
  job.submitted_by = caller.token;
  job.display_name = request.display_name();
  job.priority = request.priority();
  job.corpus_id = corpus.id;
  job.corpus_name = corpus.name;
  job.corpus_file_name = corpus.file_name;
  job.model = model.name;
  job.model_sha256 = model.sha256;
  job.hyperparameters = HyperparametersToJson(hyperparameters);
  job.requested_device = hyperparameters.device;
  job.requested_devices = hyperparameters.devices;
  job.probe = absl::StrJoin(request.probe(), "\n");
  if (caller.call.trace) job.trace_parent = caller.call.trace->ToString();
  RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) -> absl::Status {
    // Corpus and model may have been deleted since they were looked up.
    RETURN_IF_ERROR(GetCorpus(transaction.connection(), job.corpus_id).status());
    if (model.pretrained) {
      ASSIGN_OR_RETURN(const ModelRow found, FindModel(transaction.connection(), model.name));
      if (found.sha256 != model.sha256) {
        return absl::AbortedError(
            absl::StrCat("model ", model.name, " was replaced meanwhile: submit again"));
      }
    }
    ASSIGN_OR_RETURN(job,
                     InsertJob(transaction, job, {request.tags().begin(), request.tags().end()}));
    RETURN_IF_ERROR(CheckQueueLimit(transaction.connection(), caller));
    return FillJob(transaction.connection(), job, response);
  }));
  Log(LogLevel::kInfo, "job_submitted",
      {{"job", job.name}, {"model", model.name}, {"corpus", corpus.name}});
  scheduler_.Wake();
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* JobService::SubmitJob(grpc::CallbackServerContext* context,
                                                const v1::SubmitJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response,
                  [=, this](const Caller& caller) { return Submit(caller, *request, response); });
}

absl::Status JobService::Estimate(const v1::EstimateJobRequest& request,
                                  v1::JobEstimate* response) {
  if (request.hyperparameters().ByteSizeLong() > kMaxHyperparameters) {
    return absl::InvalidArgumentError("the hyperparameters are too large");
  }
  // One at a time: it is work that whoever may read can ask for.
  const std::unique_lock<std::mutex> lock(estimating_, std::try_to_lock);
  if (!lock) {
    return absl::ResourceExhaustedError(
        "the daemon is making another estimate: ask again in a moment");
  }
  ASSIGN_OR_RETURN(JobSettings settings,
                   CheckJobSettings(database_, data_dir_, trainer_, request.model(),
                                    request.hyperparameters(), request.vocabulary()));
  CheckDevices(&settings);
  std::optional<CorpusRow> corpus;
  if (!request.corpus().empty()) {
    ASSIGN_OR_RETURN(corpus, ReadCorpus(request.corpus()));
    if (settings.violations.empty()) {
      CheckBatchCanFit(settings.values, *corpus, &settings.violations);
    }
  }
  if (!settings.violations.empty()) return FieldViolations(settings.violations);
  return server::EstimateJob({.database = database_, .data_dir = data_dir_, .trainer = trainer_},
                              settings, corpus, request, response);
}

grpc::ServerUnaryReactor* JobService::EstimateJob(grpc::CallbackServerContext* context,
                                                  const v1::EstimateJobRequest* request,
                                                  v1::JobEstimate* response) {
  return RunUnary(calls_, context, request, response,
                  [=, this] { return Estimate(*request, response); });
}

grpc::ServerUnaryReactor* JobService::GetJob(grpc::CallbackServerContext* context,
                                             const v1::GetJobRequest* request, v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request->name(), "jobs"));
    return database_.Read([&](SQLite::Database& connection) -> absl::Status {
      ASSIGN_OR_RETURN(const JobRow row, FindJob(connection, name));
      return FillJob(connection, row, response);
    });
  });
}

grpc::ServerUnaryReactor* JobService::ListJobs(grpc::CallbackServerContext* context,
                                               const v1::ListJobsRequest* request,
                                               v1::ListJobsResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    return database_.Read([&](SQLite::Database& connection) -> absl::Status {
      ASSIGN_OR_RETURN(JobPage page, ReadJobPage(connection, *request));
      JobDetails details(connection);
      for (const JobRow& row : page.rows) {
        RETURN_IF_ERROR(FillJob(details, row, response->add_jobs()));
      }
      response->set_next_page_token(page.next_page_token);
      return absl::OkStatus();
    });
  });
}

grpc::ServerUnaryReactor* JobService::UpdateJob(grpc::CallbackServerContext* context,
                                                const v1::UpdateJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request->job().name(), "jobs"));
    return database_.Write([&](Transaction& transaction) -> absl::Status {
      SQLite::Database& connection = transaction.connection();
      ASSIGN_OR_RETURN(const JobRow job, FindJob(connection, name));
      JobLabels labels = LabelsOf(connection, job);
      RETURN_IF_ERROR(CheckEtag(request->job().etag(), EtagOf(job.name, labels), job.name));
      ASSIGN_OR_RETURN(labels, UpdatedLabels(std::move(labels), *request));
      SetJobLabels(transaction, job.id, labels.display_name, labels.note, labels.tags);
      ASSIGN_OR_RETURN(const JobRow updated, server::GetJob(connection, job.id));
      return FillJob(connection, updated, response);
    });
  });
}

grpc::ServerUnaryReactor* JobService::DeleteJob(grpc::CallbackServerContext* context,
                                                const v1::DeleteJobRequest* request,
                                                google::protobuf::Empty* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request->name(), "jobs"));
    std::string deleted;
    RETURN_IF_ERROR(database_.Write([&](Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const JobRow job, FindJob(transaction.connection(), name));
      if (job.state == v1::PREPARING || job.state == v1::RUNNING) {
        return absl::FailedPreconditionError(
            absl::StrCat("job ", job.name, " is ", std::string(JobStateName(job.state)),
                         ": `electra cancel ", job.name, "` ends it, then it can be deleted"));
      }
      RETURN_IF_ERROR(CheckEtag(
          request->etag(), EtagOf(job.name, LabelsOf(transaction.connection(), job)), job.name));
      server::DeleteJob(transaction, job.id);
      deleted = job.name;
      return absl::OkStatus();
    }));
    // Nothing refers to the files any more; `electra gc` finds what is left of them.
    std::error_code ignored;
    std::filesystem::remove_all(data_dir_.job(deleted), ignored);
    Log(LogLevel::kInfo, "job_deleted", {{"job", deleted}});
    return absl::OkStatus();
  });
}

absl::Status JobService::ChangeJob(absl::StatusOr<JobRow> (Scheduler::*change)(std::string_view),
                                   const std::string& resource, std::string_view event,
                                   v1::Job* response) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "jobs"));
  ASSIGN_OR_RETURN(const JobRow row, (scheduler_.*change)(name));
  Log(LogLevel::kInfo, event, {{"job", row.name}});
  return database_.Read(
      [&](SQLite::Database& connection) { return FillJob(connection, row, response); });
}

grpc::ServerUnaryReactor* JobService::CancelJob(grpc::CallbackServerContext* context,
                                                const v1::CancelJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return ChangeJob(&Scheduler::Cancel, request->name(), "job_cancel_requested", response);
  });
}

grpc::ServerUnaryReactor* JobService::PauseJob(grpc::CallbackServerContext* context,
                                               const v1::PauseJobRequest* request,
                                               v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return ChangeJob(&Scheduler::Pause, request->name(), "job_pause_requested", response);
  });
}

grpc::ServerUnaryReactor* JobService::ResumeJob(grpc::CallbackServerContext* context,
                                                const v1::ResumeJobRequest* request,
                                                v1::Job* response) {
  return RunUnary(calls_, context, request, response, [=, this] {
    return ChangeJob(&Scheduler::Resume, request->name(), "job_resumed", response);
  });
}

grpc::ServerUnaryReactor* JobService::RetryJob(grpc::CallbackServerContext* context,
                                               const v1::RetryJobRequest* request,
                                               v1::Job* response) {
  return RunUnary(calls_, context, request, response,
                  [=, this](const Caller& caller) -> absl::Status {
                    RETURN_IF_ERROR(CheckQuota(caller));
                    return ChangeJob(&Scheduler::Retry, request->name(), "job_retried", response);
                  });
}

grpc::ServerUnaryReactor* JobService::ListHyperparameters(
    grpc::CallbackServerContext* context, const v1::ListHyperparametersRequest* request,
    v1::ListHyperparametersResponse* response) {
  return RunUnary(calls_, context, request, response, [response] {
    for (const HyperparameterInfo& info : DescribeHyperparameters()) {
      v1::Hyperparameter* added = response->add_hyperparameters();
      added->set_key(info.key);
      added->set_type(info.type);
      added->set_default_value(info.default_value);
      added->set_accepted(info.accepted);
      added->set_description(info.description);
      for (const std::string& alias : info.aliases) added->add_aliases(alias);
    }
    return absl::OkStatus();
  });
}

}  // namespace electra::server
