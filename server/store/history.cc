#include "server/store/history.h"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/store/best_evaluation.h"
#include "server/store/history_rows.h"
#include "server/store/job_sizes.h"
#include "server/store/sentences.h"
#include "server/store/step_extremes.h"

namespace electra::server {
namespace {

// In the order of ReadCounts; the first is NULL where one of the steps has none.
constexpr char kSummedCounts[] =
    "SELECT CASE WHEN count(*) = count(token_count) THEN sum(token_count) END, "
    "sum(masked_count), sum(generator_correct_count), sum(discriminator_correct_count), "
    "sum(fake_count), sum(caught_count), sum(suspected_count) "
    "FROM step_metrics WHERE job_id = ? AND step > ? AND step <= ?";

constexpr char kRange[] = "WHERE job_id = ? AND step BETWEEN ? AND ? ORDER BY step LIMIT ?";

v1::Sample ReadSample(SQLite::Statement& query) {
  const SQLite::Column payload = query.getColumn(0);
  v1::TrainingEvent event;
  event.ParseFromArray(payload.getBlob(), payload.getBytes());
  return event.sample();
}

template <typename Read>
auto ListRange(Reader& reader, const std::string& sql, int64_t job_id, const StepRange& range,
               Read read) {
  SQLite::Statement query(reader.connection(), sql);
  query.bind(1, job_id);
  query.bind(2, range.first);
  query.bind(3, range.last);
  query.bind(4, range.limit);
  std::vector<decltype(read(query))> rows;
  while (query.executeStep()) rows.push_back(read(query));
  return rows;
}

// Removes a job's rows of later steps from `table`. Returns how many.
int64_t RemoveLater(Transaction& transaction, const char* table, int64_t job_id, int64_t step) {
  SQLite::Statement remove(transaction.connection(),
                           absl::StrCat("DELETE FROM ", table, " WHERE job_id = ? AND step > ?"));
  remove.bind(1, job_id);
  remove.bind(2, step);
  return remove.exec();
}

// The bytes of the texts of a job's samples after the step.
int64_t LaterSampleBytes(Transaction& transaction, int64_t job_id, int64_t step) {
  SQLite::Statement query(transaction.connection(),
                          "SELECT sum(length(CAST(original_sentence AS BLOB)) + "
                          "length(CAST(fake_sentence AS BLOB))) FROM samples "
                          "WHERE job_id = ? AND step > ?");
  query.bind(1, job_id);
  query.bind(2, step);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

}  // namespace

void UpsertStep(Transaction& transaction, int64_t job_id, const v1::StepMetrics& step,
                int64_t time) {
  WriteStep(transaction, job_id, step, time);
  SQLite::Statement update(transaction.connection(), "UPDATE jobs SET step = ? WHERE id = ?");
  update.bind(1, step.step());
  update.bind(2, job_id);
  update.exec();
}

void UpsertEvaluation(Transaction& transaction, int64_t job_id, const v1::Evaluation& evaluation,
                      int64_t time) {
  WriteEvaluation(transaction, job_id, evaluation, time);
  UpdateBestEvaluation(transaction, job_id);
}

int64_t UpsertSample(Transaction& transaction, int64_t job_id, const v1::Sample& sample,
                     int64_t sequence, int64_t time) {
  const Sentences sentences = MakeSentences(sample);
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT OR REPLACE INTO samples (job_id, step, epoch, sequence, original_sentence, "
      "fake_sentence, token_count, fake_count, caught_count, suspected_count, time, probe) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, job_id);
  insert.bind(2, sample.step());
  insert.bind(3, sample.epoch());
  insert.bind(4, sequence);
  insert.bind(5, sentences.original);
  insert.bind(6, sentences.fake);
  insert.bind(7, sample.tokens_size());
  insert.bind(8, sample.fake_count());
  insert.bind(9, sample.caught_count());
  insert.bind(10, sample.suspected_count());
  insert.bind(11, time);
  insert.bind(12, sample.probe());
  insert.exec();
  return static_cast<int64_t>(sentences.original.size() + sentences.fake.size());
}

std::optional<int64_t> RewindHistory(Transaction& transaction, int64_t job_id, int64_t step) {
  int64_t bytes = LaterSampleBytes(transaction, job_id, step);
  for (const char* table : {"step_metrics", "evaluations", "corpus_evaluations", "samples"}) {
    bytes += kRowBytes * RemoveLater(transaction, table, job_id, step);
  }
  for (const char* table : {"evaluation_confusions", "evaluation_tokens", "evaluation_fakes"}) {
    RemoveLater(transaction, table, job_id, step);
  }
  AddRecordBytes(transaction, job_id, -bytes);
  UpdateBestEvaluation(transaction, job_id);
  SQLite::Statement query(transaction.connection(), "SELECT step FROM jobs WHERE id = ?");
  query.bind(1, job_id);
  const int64_t last = query.executeStep() ? query.getColumn(0).getInt64() : 0;
  if (last <= step) return std::nullopt;
  SQLite::Statement update(transaction.connection(), "UPDATE jobs SET step = ? WHERE id = ?");
  update.bind(1, step);
  update.bind(2, job_id);
  update.exec();
  transaction.MarkChanged(job_id);
  return last;
}

std::vector<v1::StepMetrics> ListSteps(Reader& reader, int64_t job_id, const StepRange& range) {
  return ListRange(reader, absl::StrCat(kStepColumns, kRange), job_id, range, ReadStep);
}

std::vector<v1::Evaluation> ListEvaluations(Reader& reader, int64_t job_id,
                                            const StepRange& range) {
  std::vector<v1::Evaluation> evaluations =
      ListRange(reader, absl::StrCat(kEvaluationColumns, kRange), job_id, range, ReadEvaluation);
  SQLite::Statement corpora(reader.connection(), kCorpusEvaluationColumns);
  for (v1::Evaluation& evaluation : evaluations) {
    AddCorpusEvaluations(corpora, job_id, &evaluation);
  }
  return evaluations;
}

std::vector<v1::StepMetrics> ListStepExtremes(Reader& reader, int64_t job_id,
                                              const StepRange& range, int max_points) {
  StepRange all = range;
  all.limit = max_points;
  const std::optional<std::vector<int64_t>> chosen =
      ChooseExtremes(reader, job_id, range.first, range.last, max_points);
  if (!chosen) return ListSteps(reader, job_id, all);
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kStepColumns, "WHERE job_id = ? AND step = ?"));
  query.bind(1, job_id);
  SQLite::Statement counts(reader.connection(), kSummedCounts);
  counts.bind(1, job_id);
  std::vector<v1::StepMetrics> steps;
  for (const int64_t step : *chosen) {
    query.bind(2, step);
    if (query.executeStep()) steps.push_back(ReadStep(query));
    query.reset();
    if (steps.size() < 2) continue;  // nothing was left out before the first
    counts.bind(2, steps[steps.size() - 2].step());
    counts.bind(3, step);
    steps.back().clear_counts();
    if (counts.executeStep()) ReadCounts(counts, 0, &steps.back());
    counts.reset();
  }
  return steps;
}

std::vector<v1::Sample> ListSamples(Reader& reader, int64_t job_id, const StepRange& range,
                                    const SampleSelection& selection) {
  return ListRange(
      reader,
      absl::StrCat("SELECT events.payload FROM samples "
                   "JOIN events USING (job_id, sequence) "
                   "WHERE samples.job_id = ?1 AND step BETWEEN ?2 AND ?3 "
                   "AND (step > ?2 OR probe >= ",
                   range.first_probe, ")", selection.missed ? " AND fake_count > caught_count" : "",
                   selection.suspected ? " AND suspected_count > 0" : "",
                   " ORDER BY step, probe LIMIT ?4"),
      job_id, range, ReadSample);
}

}  // namespace electra::server
