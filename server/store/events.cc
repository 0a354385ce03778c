// Why a log and cursors: a watcher that comes late, comes back or reads slowly must see the same as
// one that was there all the time, without a gap or a duplicate. So an event is a row before
// anybody sees it, with the job's next number, and a watcher is the number of the last row that it
// was sent and a wake-up (server/jobs/watch.h). There is no queue for each watcher that could
// overflow, no replay besides the live path, and nothing to repair after a crash: the client asks
// again from its last number. The thread that trains hands events to the writer and waits only
// where the writer's queue is full.
#include "server/store/events.h"

#include <SQLiteCpp/Statement.h>

#include <string>

#include "server/base/clock.h"
#include "server/store/history.h"
#include "server/store/job_sizes.h"
#include "server/store/job_state.h"

namespace electra::server {
namespace {

const char* KindName(const v1::TrainingEvent& event) {
  switch (event.kind_case()) {
    case v1::TrainingEvent::kStateChange:
      return "state_change";
    case v1::TrainingEvent::kPreparation:
      return "preparation";
    case v1::TrainingEvent::kStep:
      return "step";
    case v1::TrainingEvent::kSample:
      return "sample";
    case v1::TrainingEvent::kEvaluation:
      return "evaluation";
    case v1::TrainingEvent::kCheckpoint:
      return "checkpoint";
    case v1::TrainingEvent::kLog:
      return "log";
    case v1::TrainingEvent::kPreparationProgress:
      return "preparation_progress";
    case v1::TrainingEvent::kRewind:
      return "rewind";
    case v1::TrainingEvent::KIND_NOT_SET:
      break;
  }
  return "";
}

int64_t TakeSequence(Transaction& transaction, int64_t job_id, int64_t time) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE jobs SET last_sequence = last_sequence + 1, updated_at = ? "
                           "WHERE id = ? RETURNING last_sequence");
  update.bind(1, time);
  update.bind(2, job_id);
  update.executeStep();
  const int64_t sequence = update.getColumn(0).getInt64();
  update.executeStep();  // to the end, where the update is done
  return sequence;
}

// Returns how many bytes it took.
int64_t EnterHistory(Transaction& transaction, int64_t job_id, const v1::TrainingEvent& event,
                     int64_t time) {
  switch (event.kind_case()) {
    case v1::TrainingEvent::kStep:
      UpsertStep(transaction, job_id, event.step(), time);
      return kRowBytes;
    case v1::TrainingEvent::kSample:
      return kRowBytes + UpsertSample(transaction, job_id, event.sample(), event.sequence(), time);
    case v1::TrainingEvent::kEvaluation:
      UpsertEvaluation(transaction, job_id, event.evaluation(), time);
      return kRowBytes * (1 + event.evaluation().eval_corpora_size());
    default:
      return 0;
  }
}

}  // namespace

void AppendEvent(Transaction& transaction, int64_t job_id, v1::TrainingEvent event) {
  const int64_t time = NowMicros();
  event.set_sequence(TakeSequence(transaction, job_id, time));
  *event.mutable_time() = ToTimestamp(time);
  const std::string payload = event.SerializeAsString();
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO events (job_id, sequence, time, kind, payload) VALUES (?, ?, ?, ?, ?)");
  insert.bind(1, job_id);
  insert.bind(2, event.sequence());
  insert.bind(3, time);
  insert.bind(4, KindName(event));
  insert.bind(5, payload.data(), static_cast<int>(payload.size()));
  insert.exec();
  const int64_t history_bytes = EnterHistory(transaction, job_id, event, time);
  AddRecordBytes(transaction, job_id,
                 kRowBytes + static_cast<int64_t>(payload.size()) + history_bytes);
  transaction.MarkChanged(job_id);
}

std::vector<v1::TrainingEvent> ReadEvents(Reader& reader, int64_t job_id, int64_t after_sequence,
                                          int limit) {
  SQLite::Statement query(reader.connection(),
                          "SELECT payload FROM events WHERE job_id = ? AND sequence > ? "
                          "ORDER BY sequence LIMIT ?");
  query.bind(1, job_id);
  query.bind(2, after_sequence);
  query.bind(3, limit);
  std::vector<v1::TrainingEvent> events;
  while (query.executeStep()) {
    const SQLite::Column payload = query.getColumn(0);
    events.emplace_back().ParseFromArray(payload.getBlob(), payload.getBytes());
  }
  return events;
}

void VisitJobLogs(Reader& reader, const std::function<void(const JobLog&)>& visit) {
  SQLite::Statement query(
      reader.connection(),
      "SELECT name, state, last_sequence, count(events.sequence), "
      "coalesce(min(events.sequence), 0), coalesce(max(events.sequence), 0), step, "
      "(SELECT count(*) FROM step_metrics WHERE job_id = jobs.id) + skipped_steps, model_path "
      "FROM jobs LEFT JOIN events ON events.job_id = jobs.id GROUP BY jobs.id");
  while (query.executeStep()) {
    visit({.name = query.getColumn(0).getString(),
           .state = ParseJobState(query.getColumn(1).getString()),
           .last_sequence = query.getColumn(2).getInt64(),
           .events = query.getColumn(3).getInt64(),
           .first = query.getColumn(4).getInt64(),
           .last = query.getColumn(5).getInt64(),
           .steps = query.getColumn(6).getInt64(),
           .recorded_steps = query.getColumn(7).getInt64(),
           .model_path = query.getColumn(8).getString()});
  }
}

}  // namespace electra::server
