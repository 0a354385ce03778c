#include "server/store/finetunings.h"

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/store/job_state.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

constexpr char kFinetuningColumns[] =
    "SELECT id, name, job_id, (SELECT name FROM jobs WHERE jobs.id = job_id), state, reason, "
    "reason_code, corpus_id, corpus_name, corpus_file_name, label_column, model_step, base_model, "
    "seed_count, epochs, learning_rate, batch_size, max_length, test_percentage, row_count, "
    "left_out_rows, class_count, run_progress, submitted_by, created_at, ended_at "
    "FROM finetunings ";

constexpr char kBase[] = "base";
constexpr char kAdapted[] = "adapted";

const char* ModelName(v1::FinetunedModel model) { return model == v1::BASE ? kBase : kAdapted; }

FinetuningRow ReadFinetuningRow(SQLite::Statement& query) {
  return {.id = query.getColumn(0).getInt64(),
          .name = query.getColumn(1).getString(),
          .job_id = query.getColumn(2).getInt64(),
          .job_name = query.getColumn(3).getString(),
          .state = ParseJobState(query.getColumn(4).getString()),
          .reason = FromCodeJson(query.getColumn(5).getString(), query.getColumn(6).getString()),
          .corpus_id = query.getColumn(7).getInt64(),
          .corpus_name = query.getColumn(8).getString(),
          .corpus_file_name = query.getColumn(9).getString(),
          .label_column = query.getColumn(10).getString(),
          .model_step = query.getColumn(11).getInt64(),
          .base_model = query.getColumn(12).getString(),
          .seed_count = query.getColumn(13).getInt64(),
          .epochs = query.getColumn(14).getDouble(),
          .learning_rate = query.getColumn(15).getDouble(),
          .batch_size = query.getColumn(16).getInt64(),
          .max_length = query.getColumn(17).getInt64(),
          .test_percentage = query.getColumn(18).getDouble(),
          .row_count = query.getColumn(19).getInt64(),
          .left_out_rows = query.getColumn(20).getInt64(),
          .class_count = query.getColumn(21).getInt64(),
          .run_progress = query.getColumn(22).getDouble(),
          .submitted_by = query.getColumn(23).getString(),
          .created_at = query.getColumn(24).getInt64(),
          .ended_at = query.getColumn(25).getInt64(),
          .runs = {}};
}

void ReadRuns(Reader& reader, FinetuningRow* finetuning) {
  SQLite::Statement query(reader.connection(),
                          "SELECT seed, model, accuracy, macro_f1, train_rows, test_rows FROM "
                          "finetuning_runs WHERE finetuning_id = ? ORDER BY seed, model DESC");
  query.bind(1, finetuning->id);
  while (query.executeStep()) {
    finetuning->runs.push_back(
        {.seed = query.getColumn(0).getInt64(),
         .model = query.getColumn(1).getString() == kBase ? v1::BASE : v1::ADAPTED,
         .accuracy = query.getColumn(2).getDouble(),
         .macro_f1 = query.getColumn(3).getDouble(),
         .train_rows = query.getColumn(4).getInt64(),
         .test_rows = query.getColumn(5).getInt64()});
  }
}

// The database's number in the one column of the query.
int64_t Count(SQLite::Statement& query) {
  query.executeStep();
  return query.getColumn(0).getInt64();
}

}  // namespace

std::optional<int64_t> BestSeed(const FinetuningRow& finetuning) {
  const FinetuningRunRow* best = nullptr;
  for (const FinetuningRunRow& run : finetuning.runs) {
    if (run.model != v1::ADAPTED) continue;
    if (best == nullptr || run.macro_f1 > best->macro_f1) best = &run;
  }
  if (best == nullptr) return std::nullopt;
  return best->seed;
}

std::string SeedFolder(int64_t seed) { return absl::StrCat("seed-", seed); }

int64_t InsertFinetuning(Transaction& transaction, const FinetuningRow& finetuning) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO finetunings (name, job_id, state, corpus_id, corpus_name, corpus_file_name, "
      "label_column, model_step, base_model, seed_count, epochs, learning_rate, batch_size, "
      "max_length, test_percentage, row_count, left_out_rows, class_count, submitted_by, "
      "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  int next = 0;
  const auto bind = [&](const auto& value) { insert.bind(++next, value); };
  bind(finetuning.name);
  bind(finetuning.job_id);
  bind(std::string(JobStateName(v1::QUEUED)));
  bind(finetuning.corpus_id);
  bind(finetuning.corpus_name);
  bind(finetuning.corpus_file_name);
  bind(finetuning.label_column);
  bind(finetuning.model_step);
  bind(finetuning.base_model);
  bind(finetuning.seed_count);
  bind(finetuning.epochs);
  bind(finetuning.learning_rate);
  bind(finetuning.batch_size);
  bind(finetuning.max_length);
  bind(finetuning.test_percentage);
  bind(finetuning.row_count);
  bind(finetuning.left_out_rows);
  bind(finetuning.class_count);
  bind(finetuning.submitted_by);
  bind(NowMicros());
  insert.exec();
  return transaction.connection().getLastInsertRowid();
}

absl::StatusOr<FinetuningRow> FindFinetuning(Reader& reader, std::string_view name) {
  SQLite::Statement query(
      reader.connection(),
      absl::StrCat(kFinetuningColumns, "WHERE name >= ? AND name < ? ORDER BY name"));
  absl::StatusOr<FinetuningRow> found = FindByPrefix<FinetuningRow>(
      reader, "finetunings", query, name, Message("FINETUNING", "fine-tuning"),
      "electra job show JOB", ReadFinetuningRow);
  if (found.ok()) ReadRuns(reader, &*found);
  return found;
}

absl::StatusOr<FinetuningRow> GetFinetuning(Reader& reader, int64_t id) {
  SQLite::Statement query(reader.connection(), absl::StrCat(kFinetuningColumns, "WHERE id = ?"));
  query.bind(1, id);
  if (!query.executeStep()) {
    return NotFoundError("FINETUNING_DELETED", "the fine-tuning was deleted");
  }
  FinetuningRow row = ReadFinetuningRow(query);
  ReadRuns(reader, &row);
  return row;
}

FinetuningReader::FinetuningReader(Reader& reader)
    : reader_(reader),
      query_(reader.connection(),
             absl::StrCat(kFinetuningColumns, "WHERE job_id = ? ORDER BY id")) {}

std::vector<FinetuningRow> FinetuningReader::Read(int64_t job_id) {
  query_.bind(1, job_id);
  std::vector<FinetuningRow> rows;
  while (query_.executeStep()) rows.push_back(ReadFinetuningRow(query_));
  query_.reset();
  for (FinetuningRow& row : rows) ReadRuns(reader_, &row);
  return rows;
}

int64_t CountFinetunings(Reader& reader, int64_t job_id) {
  SQLite::Statement query(reader.connection(), "SELECT count(*) FROM finetunings WHERE job_id = ?");
  query.bind(1, job_id);
  return Count(query);
}

int64_t CountWaitingFinetunings(Reader& reader, std::string_view token) {
  SQLite::Statement query(reader.connection(),
                          "SELECT count(*) FROM finetunings WHERE state IN ('QUEUED', 'RUNNING') "
                          "AND submitted_by = ?");
  query.bind(1, std::string(token));
  return Count(query);
}

std::optional<FinetuningRow> NextFinetuning(Reader& reader, const std::set<int64_t>& busy) {
  SQLite::Statement query(
      reader.connection(),
      absl::StrCat(kFinetuningColumns, "WHERE state IN ('QUEUED', 'RUNNING') ORDER BY id"));
  while (query.executeStep()) {
    FinetuningRow row = ReadFinetuningRow(query);
    if (busy.count(row.id) > 0) continue;
    ReadRuns(reader, &row);
    return row;
  }
  return std::nullopt;
}

bool SetFinetuningState(Transaction& transaction, int64_t id, v1::JobState state,
                        const Message& reason) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE finetunings SET state = ?1, reason = ?2, reason_code = ?3, "
                           "run_progress = 0, ended_at = CASE WHEN ?4 THEN ?5 END "
                           "WHERE id = ?6 AND state IN ('QUEUED', 'RUNNING')");
  update.bind(1, std::string(JobStateName(state)));
  update.bind(2, reason.text());
  update.bind(3, CodeJson(reason));
  update.bind(4, IsTerminal(state) ? 1 : 0);
  update.bind(5, NowMicros());
  update.bind(6, id);
  return update.exec() > 0;
}

void RequeueFinetunings(Transaction& transaction) {
  transaction.connection().exec(
      "UPDATE finetunings SET state = 'QUEUED', run_progress = 0 WHERE state = 'RUNNING'");
}

bool SetRunProgress(Transaction& transaction, int64_t id, double progress) {
  SQLite::Statement update(transaction.connection(),
                           "UPDATE finetunings SET run_progress = ? WHERE id = ?");
  update.bind(1, progress);
  update.bind(2, id);
  return update.exec() > 0;
}

void InsertFinetuningRun(Transaction& transaction, int64_t id, const FinetuningRunRow& run) {
  SQLite::Statement insert(transaction.connection(),
                           "INSERT INTO finetuning_runs (finetuning_id, seed, model, accuracy, "
                           "macro_f1, train_rows, test_rows) VALUES (?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, id);
  insert.bind(2, run.seed);
  insert.bind(3, ModelName(run.model));
  insert.bind(4, run.accuracy);
  insert.bind(5, run.macro_f1);
  insert.bind(6, run.train_rows);
  insert.bind(7, run.test_rows);
  insert.exec();
}

void DeleteFinetuning(Transaction& transaction, int64_t id) {
  SQLite::Statement remove(transaction.connection(), "DELETE FROM finetunings WHERE id = ?");
  remove.bind(1, id);
  remove.exec();
}

}  // namespace electra::server
