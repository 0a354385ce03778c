#include "server/store/history_rows.h"

namespace electra::server {
namespace {

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

}  // namespace

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

void WriteStep(Transaction& transaction, int64_t job_id, const v1::StepMetrics& step,
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
}

void WriteEvaluation(Transaction& transaction, int64_t job_id, const v1::Evaluation& evaluation,
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
}

}  // namespace electra::server
