#include "server/store/history.h"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/job_sizes.h"
#include "server/store/sentences.h"
#include "server/store/step_extremes.h"

namespace electra::server {
namespace {

constexpr char kStepColumns[] =
    "SELECT step, epoch, combined_loss, generator_loss, discriminator_loss, generator_accuracy, "
    "discriminator_accuracy, discriminator_precision, discriminator_recall, learning_rate, "
    "gradient_norm, tokens_seen, tokens_per_second, step_seconds, "
    "ranks, coalesce(slowest_tokens_per_second, tokens_per_second), token_count, masked_count, "
    "generator_correct_count, discriminator_correct_count, fake_count, caught_count, "
    "suspected_count, run_seconds FROM step_metrics ";

// In the order of kCounts; the first is NULL where one of the steps has none.
constexpr char kSummedCounts[] =
    "SELECT CASE WHEN count(*) = count(token_count) THEN sum(token_count) END, "
    "sum(masked_count), sum(generator_correct_count), sum(discriminator_correct_count), "
    "sum(fake_count), sum(caught_count), sum(suspected_count) "
    "FROM step_metrics WHERE job_id = ? AND step > ? AND step <= ?";

constexpr char kEvaluationColumns[] =
    "SELECT step, epoch, combined_loss, generator_loss, discriminator_loss, generator_accuracy, "
    "discriminator_accuracy, discriminator_precision, discriminator_recall, discriminator_f1, "
    "token_count, seconds FROM evaluations ";

constexpr char kRange[] = "WHERE job_id = ? AND step BETWEEN ? AND ? ORDER BY step LIMIT ?";

// NULL where a metric is undefined: its field is then absent.
template <typename Message>
void ReadMetric(const SQLite::Column& column, void (Message::*set)(double), Message* message) {
  if (!column.isNull()) (message->*set)(column.getDouble());
}

void BindMetric(int parameter, bool is_defined, double value, SQLite::Statement* insert) {
  if (is_defined) insert->bind(parameter, value);  // else NULL
}

// Columns 0 to 8 and the messages' fields are the same in both tables.
template <typename Message>
void ReadLosses(SQLite::Statement& query, Message* message) {
  message->set_step(query.getColumn(0).getInt64());
  message->set_epoch(query.getColumn(1).getInt());
  message->set_combined_loss(query.getColumn(2).getDouble());
  message->set_generator_loss(query.getColumn(3).getDouble());
  message->set_discriminator_loss(query.getColumn(4).getDouble());
  message->set_generator_accuracy(query.getColumn(5).getDouble());
  message->set_discriminator_accuracy(query.getColumn(6).getDouble());
  ReadMetric(query.getColumn(7), &Message::set_discriminator_precision, message);
  ReadMetric(query.getColumn(8), &Message::set_discriminator_recall, message);
}

// Binds parameters 1 to 10: the job, then columns 0 to 8.
template <typename Message>
void BindLosses(int64_t job_id, const Message& message, SQLite::Statement* insert) {
  insert->bind(1, job_id);
  insert->bind(2, message.step());
  insert->bind(3, message.epoch());
  insert->bind(4, message.combined_loss());
  insert->bind(5, message.generator_loss());
  insert->bind(6, message.discriminator_loss());
  insert->bind(7, message.generator_accuracy());
  insert->bind(8, message.discriminator_accuracy());
  BindMetric(9, message.has_discriminator_precision(), message.discriminator_precision(), insert);
  BindMetric(10, message.has_discriminator_recall(), message.discriminator_recall(), insert);
}

// In the order of the columns.
struct CountField {
  int64_t (v1::TokenCounts::*get)() const;
  void (v1::TokenCounts::*set)(int64_t);
};
constexpr CountField kCounts[] = {
    {&v1::TokenCounts::token_count, &v1::TokenCounts::set_token_count},
    {&v1::TokenCounts::masked_count, &v1::TokenCounts::set_masked_count},
    {&v1::TokenCounts::generator_correct_count, &v1::TokenCounts::set_generator_correct_count},
    {&v1::TokenCounts::discriminator_correct_count,
     &v1::TokenCounts::set_discriminator_correct_count},
    {&v1::TokenCounts::fake_count, &v1::TokenCounts::set_fake_count},
    {&v1::TokenCounts::caught_count, &v1::TokenCounts::set_caught_count},
    {&v1::TokenCounts::suspected_count, &v1::TokenCounts::set_suspected_count}};

// From the columns that begin at `first`; no counts where that is NULL.
void ReadCounts(SQLite::Statement& query, int first, v1::StepMetrics* step) {
  step->clear_counts();
  if (query.getColumn(first).isNull()) return;
  for (const CountField& field : kCounts) {
    (step->mutable_counts()->*field.set)(query.getColumn(first++).getInt64());
  }
}

v1::StepMetrics ReadStep(SQLite::Statement& query) {
  v1::StepMetrics step;
  ReadLosses(query, &step);
  step.set_learning_rate(query.getColumn(9).getDouble());
  step.set_gradient_norm(query.getColumn(10).getDouble());
  step.set_tokens_seen(query.getColumn(11).getInt64());
  step.set_tokens_per_second(query.getColumn(12).getDouble());
  step.set_step_seconds(query.getColumn(13).getDouble());
  step.set_ranks(query.getColumn(14).getInt());
  step.set_slowest_rank_tokens_per_second(query.getColumn(15).getDouble());
  ReadCounts(query, 16, &step);
  step.set_run_seconds(query.getColumn(23).getDouble());
  return step;
}

v1::Evaluation ReadEvaluation(SQLite::Statement& query) {
  v1::Evaluation evaluation;
  ReadLosses(query, &evaluation);
  ReadMetric(query.getColumn(9), &v1::Evaluation::set_discriminator_f1, &evaluation);
  evaluation.set_token_count(query.getColumn(10).getInt64());
  evaluation.set_seconds(query.getColumn(11).getDouble());
  return evaluation;
}

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

template <typename Read>
auto ReadFirst(SQLite::Statement& query, int64_t job_id, Read read) {
  query.bind(1, job_id);
  std::optional<decltype(read(query))> row;
  if (query.executeStep()) row = read(query);
  query.reset();
  return row;
}

// Reads the parts of evaluations on evaluation corpora, with a statement that is prepared once.
constexpr char kCorpusEvaluationColumns[] =
    "SELECT step, epoch, combined_loss, generator_loss, discriminator_loss, generator_accuracy, "
    "discriminator_accuracy, discriminator_precision, discriminator_recall, discriminator_f1, "
    "token_count, seconds, name FROM corpus_evaluations WHERE job_id = ? AND step = ? "
    "ORDER BY position";

void AddCorpusEvaluations(SQLite::Statement& query, int64_t job_id, v1::Evaluation* evaluation) {
  query.bind(1, job_id);
  query.bind(2, evaluation->step());
  while (query.executeStep()) {
    v1::Evaluation& added = *evaluation->add_eval_corpora();
    added = ReadEvaluation(query);
    added.set_eval_corpus(query.getColumn(12).getString());
  }
  query.reset();
}

// A metric_for_best_model, taken apart.
struct MetricName {
  std::string eval_corpus;  // empty: the held-out text
  std::string measure;
};

MetricName MetricOfJob(Reader& reader, int64_t job_id) {
  SQLite::Statement query(reader.connection(),
                          "SELECT CASE WHEN json_valid(hyperparameters) THEN "
                          "json_extract(hyperparameters, '$.metric_for_best_model') END "
                          "FROM jobs WHERE id = ?");
  query.bind(1, job_id);
  std::string metric = query.executeStep() ? query.getColumn(0).getString() : "";
  const size_t dot = metric.rfind('.');
  if (dot == std::string::npos) return {.eval_corpus = "", .measure = std::move(metric)};
  return {.eval_corpus = metric.substr(0, dot), .measure = metric.substr(dot + 1)};
}

// How evaluations are ordered, the best first.
const char* OrderOfEvaluations(const std::string& measure) {
  if (measure == "generator_loss") return " ORDER BY generator_loss, step LIMIT 1";
  if (measure == "f1") {
    return " AND discriminator_f1 IS NOT NULL ORDER BY discriminator_f1 DESC, step LIMIT 1";
  }
  return " ORDER BY combined_loss, step LIMIT 1";
}

void UpdateBestEvaluation(Transaction& transaction, int64_t job_id) {
  const MetricName metric = MetricOfJob(transaction, job_id);
  const bool is_of_corpus = !metric.eval_corpus.empty();
  SQLite::Statement update(
      transaction.connection(),
      absl::StrCat("UPDATE jobs SET (best_evaluation_step, best_evaluation_loss) = "
                   "(SELECT step, combined_loss FROM evaluations WHERE job_id = ?1",
                   is_of_corpus ? " AND step = (SELECT step FROM corpus_evaluations WHERE "
                                  "job_id = ?1 AND name = ?2"
                                : "",
                   OrderOfEvaluations(metric.measure), is_of_corpus ? ")" : "", ") WHERE id = ?1"));
  update.bind(1, job_id);
  if (is_of_corpus) update.bind(2, metric.eval_corpus);
  update.exec();
}

void InsertCorpusEvaluations(Transaction& transaction, int64_t job_id,
                             const v1::Evaluation& evaluation) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT OR REPLACE INTO corpus_evaluations (job_id, step, epoch, combined_loss, "
      "generator_loss, discriminator_loss, generator_accuracy, discriminator_accuracy, "
      "discriminator_precision, discriminator_recall, discriminator_f1, token_count, seconds, "
      "name, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (int i = 0; i < evaluation.eval_corpora_size(); ++i) {
    const v1::Evaluation& one = evaluation.eval_corpora(i);
    insert.reset();
    insert.clearBindings();
    BindLosses(job_id, one, &insert);
    insert.bind(2, evaluation.step());
    BindMetric(11, one.has_discriminator_f1(), one.discriminator_f1(), &insert);
    insert.bind(12, one.token_count());
    insert.bind(13, one.seconds());
    insert.bind(14, one.eval_corpus());
    insert.bind(15, i);
    insert.exec();
  }
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

// The first of a job's evaluations in this order.
SQLite::Statement EvaluationInOrder(Reader& reader, const char* order) {
  return {reader.connection(),
          absl::StrCat(kEvaluationColumns, "WHERE job_id = ? ORDER BY ", order, " LIMIT 1")};
}

}  // namespace

void UpsertStep(Transaction& transaction, int64_t job_id, const v1::StepMetrics& step,
                int64_t time) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT OR REPLACE INTO step_metrics (job_id, step, epoch, combined_loss, generator_loss, "
      "discriminator_loss, generator_accuracy, discriminator_accuracy, discriminator_precision, "
      "discriminator_recall, learning_rate, gradient_norm, tokens_seen, tokens_per_second, "
      "step_seconds, time, ranks, slowest_tokens_per_second, token_count, masked_count, "
      "generator_correct_count, discriminator_correct_count, fake_count, caught_count, "
      "suspected_count, run_seconds) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  BindLosses(job_id, step, &insert);
  insert.bind(11, step.learning_rate());
  insert.bind(12, step.gradient_norm());
  insert.bind(13, step.tokens_seen());
  insert.bind(14, step.tokens_per_second());
  insert.bind(15, step.step_seconds());
  insert.bind(16, time);
  insert.bind(17, step.ranks());
  if (step.ranks() > 1) insert.bind(18, step.slowest_rank_tokens_per_second());  // else NULL
  for (int parameter = 19; step.has_counts() && parameter < 26; ++parameter) {
    insert.bind(parameter, (step.counts().*kCounts[parameter - 19].get)());
  }
  insert.bind(26, step.run_seconds());
  insert.exec();
  SQLite::Statement update(transaction.connection(), "UPDATE jobs SET step = ? WHERE id = ?");
  update.bind(1, step.step());
  update.bind(2, job_id);
  update.exec();
}

void UpsertEvaluation(Transaction& transaction, int64_t job_id, const v1::Evaluation& evaluation,
                      int64_t time) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT OR REPLACE INTO evaluations (job_id, step, epoch, combined_loss, generator_loss, "
      "discriminator_loss, generator_accuracy, discriminator_accuracy, discriminator_precision, "
      "discriminator_recall, discriminator_f1, token_count, seconds, time) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  BindLosses(job_id, evaluation, &insert);
  BindMetric(11, evaluation.has_discriminator_f1(), evaluation.discriminator_f1(), &insert);
  insert.bind(12, evaluation.token_count());
  insert.bind(13, evaluation.seconds());
  insert.bind(14, time);
  insert.exec();
  InsertCorpusEvaluations(transaction, job_id, evaluation);
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

std::optional<v1::Evaluation> FirstEvaluation(Reader& reader, int64_t job_id) {
  SQLite::Statement query = EvaluationInOrder(reader, "step");
  std::optional<v1::Evaluation> evaluation = ReadFirst(query, job_id, ReadEvaluation);
  SQLite::Statement corpora(reader.connection(), kCorpusEvaluationColumns);
  if (evaluation) AddCorpusEvaluations(corpora, job_id, &*evaluation);
  return evaluation;
}

RunSummaries::RunSummaries(Reader& reader)
    : last_step_(reader.connection(),
                 absl::StrCat(kStepColumns, "WHERE job_id = ? ORDER BY step DESC LIMIT 1")),
      first_evaluation_(EvaluationInOrder(reader, "step")),
      last_evaluation_(EvaluationInOrder(reader, "step DESC")),
      best_evaluation_(reader.connection(),
                       absl::StrCat(kEvaluationColumns,
                                    "WHERE job_id = ?1 AND step = (SELECT best_evaluation_step "
                                    "FROM jobs WHERE id = ?1)")),
      corpus_evaluations_(reader.connection(), kCorpusEvaluationColumns) {}

RunSummary RunSummaries::Read(int64_t job_id) {
  RunSummary summary{.last_step = ReadFirst(last_step_, job_id, ReadStep),
                     .first_evaluation = ReadFirst(first_evaluation_, job_id, ReadEvaluation),
                     .last_evaluation = ReadFirst(last_evaluation_, job_id, ReadEvaluation),
                     .best_evaluation = ReadFirst(best_evaluation_, job_id, ReadEvaluation)};
  for (std::optional<v1::Evaluation>* evaluation :
       {&summary.first_evaluation, &summary.last_evaluation, &summary.best_evaluation}) {
    if (*evaluation) AddCorpusEvaluations(corpus_evaluations_, job_id, &**evaluation);
  }
  return summary;
}

}  // namespace electra::server
