#include "server/store/jobs.h"

#include <SQLiteCpp/Statement.h>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/base/clock.h"
#include "server/base/message_code.h"
#include "server/store/events.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"
#include "server/store/job_texts.h"
#include "server/store/names.h"
#include "server/store/notifications.h"

namespace electra::server {
namespace {

constexpr char kJobColumns[] =
    "SELECT id, name, request_id, display_name, state, priority, corpus_id, corpus_name, model, "
    "hyperparameters, vocabulary_sha256, requested_device, cancel_requested, device, reason, "
    "model_path, step, total_steps, last_sequence, created_at, started_at, ended_at, updated_at, "
    "model_sha256, probe, skipped_steps, pause_requested, submitted_by, note, corpus_file_name, "
    "requested_devices, trace_parent, reason_code, model_sources FROM jobs ";

// The value of column request_id: two tokens may use the same id.
std::string RequestKey(std::string_view token, std::string_view request_id) {
  return absl::StrCat(std::string(token), "/", std::string(request_id));
}
std::string RequestIdOf(const std::string& key) { return key.substr(key.find('/') + 1); }

JobRow ReadJobRow(SQLite::Statement& query) {
  JobRow row;
  row.id = query.getColumn(0).getInt64();
  row.name = query.getColumn(1).getString();
  row.request_id = RequestIdOf(query.getColumn(2).getString());
  row.display_name = query.getColumn(3).getString();
  row.state = ParseJobState(query.getColumn(4).getString());
  row.priority = query.getColumn(5).getInt64();
  row.corpus_id = query.getColumn(6).getInt64();
  row.corpus_name = query.getColumn(7).getString();
  row.model = query.getColumn(8).getString();
  row.hyperparameters = query.getColumn(9).getString();
  row.vocabulary_sha256 = query.getColumn(10).getString();
  row.requested_device = query.getColumn(11).getString();
  row.cancel_requested = query.getColumn(12).getInt() != 0;
  row.device = query.getColumn(13).getString();
  row.reason = FromCodeJson(query.getColumn(14).getString(), query.getColumn(32).getString());
  row.model_path = query.getColumn(15).getString();
  row.step = query.getColumn(16).getInt64();
  row.total_steps = query.getColumn(17).getInt64();
  row.last_sequence = query.getColumn(18).getInt64();
  row.created_at = query.getColumn(19).getInt64();
  row.started_at = query.getColumn(20).getInt64();
  row.ended_at = query.getColumn(21).getInt64();
  row.updated_at = query.getColumn(22).getInt64();
  row.model_sha256 = query.getColumn(23).getString();
  row.probe = query.getColumn(24).getString();
  row.skipped_steps = query.getColumn(25).getInt64();
  row.pause_requested = query.getColumn(26).getInt() != 0;
  row.submitted_by = query.getColumn(27).getString();
  row.note = query.getColumn(28).getString();
  row.corpus_file_name = query.getColumn(29).getString();
  row.requested_devices = query.getColumn(30).getInt64();
  row.trace_parent = query.getColumn(31).getString();
  row.model_sources = query.getColumn(33).getString();
  return row;
}

std::optional<JobRow> ReadOne(SQLite::Statement& query) {
  if (!query.executeStep()) return std::nullopt;
  return ReadJobRow(query);
}

std::vector<JobRow> ReadAllJobs(SQLite::Statement& query) {
  std::vector<JobRow> rows;
  while (query.executeStep()) rows.push_back(ReadJobRow(query));
  return rows;
}

void AppendStateChange(Transaction& transaction, int64_t job_id, v1::JobState from, v1::JobState to,
                       const Message& reason, std::string_view trace_parent = "") {
  v1::TrainingEvent event;
  v1::StateChange& change = *event.mutable_state_change();
  change.set_from(from);
  change.set_to(to);
  change.set_reason(reason.text());
  if (!reason.code().empty()) *change.mutable_reason_code() = ToProto(reason);
  change.set_trace_parent(std::string(trace_parent));
  AppendEvent(transaction, job_id, std::move(event));
}

// Bytes of the labels that users have written on the job.
int64_t LabelBytes(Reader& reader, int64_t job_id) {
  SQLite::Statement query(
      reader.connection(),
      "SELECT length(CAST(display_name AS BLOB)) + length(CAST(note AS BLOB)) + (SELECT "
      "coalesce(sum(length(CAST(key || value AS BLOB)) + ?2), 0) FROM job_tags WHERE job_id = ?1) "
      "FROM jobs WHERE id = ?1");
  query.bind(1, job_id);
  query.bind(2, kRowBytes);
  return query.executeStep() ? query.getColumn(0).getInt64() : 0;
}

}  // namespace

int64_t RecordBytes(const JobRow& job) {
  return kRowBytes + static_cast<int64_t>(job.hyperparameters.size() + job.probe.size() +
                                          job.model.size() + job.corpus_file_name.size());
}

std::optional<JobRow> FindRequestedJob(Reader& reader, std::string_view token,
                                       std::string_view request_id) {
  if (request_id.empty()) return std::nullopt;
  SQLite::Statement query(reader.connection(), absl::StrCat(kJobColumns, "WHERE request_id = ?"));
  query.bind(1, RequestKey(token, request_id));
  return ReadOne(query);
}

absl::StatusOr<JobRow> InsertJob(Transaction& transaction, const JobRow& job, const JobTags& tags) {
  if (auto known = FindRequestedJob(transaction, job.submitted_by, job.request_id)) return *known;
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO jobs (name, request_id, display_name, state, priority, corpus_id, corpus_name, "
      "model, hyperparameters, vocabulary_sha256, requested_device, created_at, updated_at, "
      "model_sha256, probe, submitted_by, note, corpus_file_name, requested_devices, "
      "trace_parent, model_sources) "
      "VALUES (?1, ?2, ?3, 'QUEUED', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, ?14, ?15, "
      "?16, ?17, ?18, ?19)");
  insert.bind(1, job.name);
  if (!job.request_id.empty()) {  // else NULL, which is never equal
    insert.bind(2, RequestKey(job.submitted_by, job.request_id));
  }
  insert.bind(3, job.display_name);
  insert.bind(4, job.priority);
  insert.bind(5, job.corpus_id);
  insert.bind(6, job.corpus_name);
  insert.bind(7, job.model);
  insert.bind(8, job.hyperparameters);
  insert.bind(9, job.vocabulary_sha256);
  insert.bind(10, job.requested_device);
  insert.bind(11, NowMicros());
  insert.bind(12, job.model_sha256);
  insert.bind(13, job.probe);
  insert.bind(14, job.submitted_by);
  insert.bind(15, job.note);
  insert.bind(16, job.corpus_file_name);
  insert.bind(17, job.requested_devices);
  insert.bind(18, job.trace_parent);
  insert.bind(19, job.model_sources);
  insert.exec();
  const int64_t id = transaction.connection().getLastInsertRowid();
  ReplaceJobTags(transaction, id, tags);
  InsertJobSize(transaction, id, job.submitted_by, job.vocabulary_sha256,
                RecordBytes(job) + LabelBytes(transaction, id));
  UpdateJobText(transaction, id);
  AppendStateChange(transaction, id, v1::JOB_STATE_UNSPECIFIED, v1::QUEUED, Message(),
                    job.trace_parent);
  return GetJob(transaction, id);
}

absl::StatusOr<JobRow> FindJob(Reader& reader, std::string_view name) {
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kJobColumns, "WHERE name >= ? AND name < ? ORDER BY name"));
  return FindByPrefix<JobRow>(reader, "jobs", query, name, Message("JOB", "job"), "electra jobs",
                              ReadJobRow);
}

JobReader::JobReader(Reader& reader)
    : query_(reader.connection(), absl::StrCat(kJobColumns, "WHERE id = ?")) {}

absl::StatusOr<JobRow> JobReader::Read(int64_t id) {
  query_.bind(1, id);
  std::optional<JobRow> row = ReadOne(query_);
  query_.reset();
  if (row) return *std::move(row);
  return NotFoundError("JOB_DELETED", "the job was deleted");
}

absl::StatusOr<JobRow> GetJob(Reader& reader, int64_t id) { return JobReader(reader).Read(id); }

std::vector<JobRow> ListJobsInState(Reader& reader, v1::JobState state) {
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kJobColumns, "WHERE state = ? ORDER BY id"));
  query.bind(1, std::string(JobStateName(state)));
  return ReadAllJobs(query);
}

void VisitEndedJobs(Reader& reader, const std::function<void(const EndedJob&)>& visit) {
  SQLite::Statement query(reader.connection(),
                          "SELECT id, name, model_path, updated_at FROM jobs WHERE state IN "
                          "('SUCCEEDED', 'FAILED', 'CANCELLED')");
  while (query.executeStep()) {
    visit({.id = query.getColumn(0).getInt64(),
           .name = query.getColumn(1).getString(),
           .model_path = query.getColumn(2).getString(),
           .updated_at = query.getColumn(3).getInt64()});
  }
}

absl::Status ChangeState(Transaction& transaction, int64_t job_id, v1::JobState to,
                         const Message& reason) {
  ASSIGN_OR_RETURN(const JobRow job, GetJob(transaction, job_id));
  RETURN_IF_ERROR(CheckTransition(job.state, to));
  const int64_t now = NowMicros();
  SQLite::Statement update(transaction.connection(),
                           "UPDATE jobs SET state = ?1, reason = ?2, updated_at = ?3, "
                           "started_at = CASE WHEN ?4 THEN coalesce(started_at, ?3) ELSE "
                           "started_at END, ended_at = CASE WHEN ?5 THEN ?3 END, "
                           "cancel_requested = cancel_requested AND NOT ?6, "
                           "pause_requested = pause_requested AND NOT ?6, reason_code = ?8 "
                           "WHERE id = ?7");
  update.bind(1, std::string(JobStateName(to)));
  update.bind(2, reason.text());
  update.bind(3, now);
  update.bind(4, to == v1::RUNNING ? 1 : 0);
  update.bind(5, IsTerminal(to) ? 1 : 0);
  const bool settled =
      IsTerminal(to) || to == v1::PAUSED || IsTerminal(job.state) || job.state == v1::PAUSED;
  update.bind(6, settled ? 1 : 0);
  update.bind(7, job_id);
  update.bind(8, CodeJson(reason));
  update.exec();
  AppendStateChange(transaction, job_id, job.state, to, reason);
  InsertNotifications(transaction, job_id, to, reason);
  return absl::OkStatus();
}

std::set<std::string> JobNames(Reader& reader) {
  return ReadNames(reader, "SELECT name FROM jobs");
}

std::set<std::string> UsedVocabularies(Reader& reader) {
  return ReadNames(reader,
                   "SELECT DISTINCT vocabulary_sha256 FROM jobs WHERE vocabulary_sha256 <> ''");
}

JobCounts CountJobs(Reader& reader) {
  JobCounts counts;
  SQLite::Statement query(reader.connection(), "SELECT state, count(*) FROM jobs GROUP BY state");
  while (query.executeStep()) {
    const v1::JobState state = ParseJobState(query.getColumn(0).getString());
    const int64_t count = query.getColumn(1).getInt64();
    if (IsTerminal(state)) {
      counts.ended += count;
    } else if (state == v1::PREPARING || state == v1::RUNNING) {
      counts.running += count;
    } else {
      counts.queued += count;
    }
  }
  return counts;
}

std::map<v1::JobState, int64_t> CountJobsByState(Reader& reader) {
  std::map<v1::JobState, int64_t> counts;
  for (v1::JobState state : {v1::QUEUED, v1::PREPARING, v1::RUNNING, v1::PAUSED, v1::SUCCEEDED,
                             v1::FAILED, v1::CANCELLED}) {
    counts[state] = 0;
  }
  SQLite::Statement query(reader.connection(), "SELECT state, count(*) FROM jobs GROUP BY state");
  while (query.executeStep()) {
    counts[ParseJobState(query.getColumn(0).getString())] = query.getColumn(1).getInt64();
  }
  return counts;
}

int64_t AddDeviceLoss(Transaction& transaction, int64_t job_id) {
  SQLite::Statement update(
      transaction.connection(),
      "UPDATE jobs SET device_losses = CASE WHEN step > device_lost_step THEN 1 "
      "ELSE device_losses + 1 END, device_lost_step = max(step, device_lost_step) WHERE id = ?");
  update.bind(1, job_id);
  update.exec();
  SQLite::Statement query(transaction.connection(), "SELECT device_losses FROM jobs WHERE id = ?");
  query.bind(1, job_id);
  return query.executeStep() ? query.getColumn(0).getInt64() : 0;
}

std::map<std::string, int64_t> CountDeviceLostJobs(Reader& reader) {
  std::map<std::string, int64_t> counts;
  SQLite::Statement query(reader.connection(),
                          "SELECT device, count(*) FROM jobs WHERE state IN ('QUEUED', "
                          "'PREPARING', 'RUNNING', 'PAUSED') AND device_losses > 0 AND "
                          "step <= device_lost_step GROUP BY device");
  while (query.executeStep())
    counts[query.getColumn(0).getString()] = query.getColumn(1).getInt64();
  return counts;
}

void SetCancelRequested(Transaction& transaction, int64_t job_id) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE jobs SET cancel_requested = 1, updated_at = ? WHERE id = ?");
  update.bind(1, NowMicros());
  update.bind(2, job_id);
  update.exec();
}

void SetPauseRequested(Transaction& transaction, int64_t job_id, bool requested) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE jobs SET pause_requested = ?, updated_at = ? WHERE id = ?");
  update.bind(1, requested ? 1 : 0);
  update.bind(2, NowMicros());
  update.bind(3, job_id);
  update.exec();
}

void SetPrepared(Transaction& transaction, int64_t job_id, int64_t total_steps,
                 std::string_view device) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE jobs SET total_steps = ?, device = ? WHERE id = ?");
  update.bind(1, total_steps);
  update.bind(2, std::string(device));
  update.bind(3, job_id);
  update.exec();
}

void SetSkippedSteps(Transaction& transaction, int64_t job_id, int64_t count) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE jobs SET skipped_steps = ? WHERE id = ?");
  update.bind(1, count);
  update.bind(2, job_id);
  update.exec();
}

void SetJobLabels(Transaction& transaction, int64_t job_id, std::string_view display_name,
                  std::string_view note, const JobTags& tags) {
  const int64_t before = LabelBytes(transaction, job_id);
  SQLite::Statement update(
      transaction.connection(),
      "UPDATE jobs SET display_name = ?, note = ?, updated_at = ? WHERE id = ?");
  update.bind(1, std::string(display_name));
  update.bind(2, std::string(note));
  update.bind(3, NowMicros());
  update.bind(4, job_id);
  update.exec();
  ReplaceJobTags(transaction, job_id, tags);
  AddRecordBytes(transaction, job_id, LabelBytes(transaction, job_id) - before);
  UpdateJobText(transaction, job_id);
}

void DeleteJob(Transaction& transaction, int64_t job_id) {
  SQLite::Statement remove(transaction.connection(), "DELETE FROM jobs WHERE id = ?");
  remove.bind(1, job_id);
  remove.exec();
  transaction.MarkChanged(job_id);
}

void SetModelPath(Transaction& transaction, int64_t job_id, std::string_view path) {
  SQLite::Statement update(transaction.connection(), "UPDATE jobs SET model_path = ? WHERE id = ?");
  update.bind(1, std::string(path));
  update.bind(2, job_id);
  update.exec();
}

}  // namespace electra::server
