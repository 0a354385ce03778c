#include "server/store/confusions.h"

#include <SQLiteCpp/Statement.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/store/run_summaries.h"

namespace electra::server {
namespace {

constexpr const char* kTables[] = {"evaluation_confusions", "evaluation_tokens",
                                   "evaluation_fakes"};

// Keeps only `best`, besides the new evaluation.
void MakeRoom(Transaction& transaction, int64_t job_id, int64_t step, int64_t best) {
  for (const char* table : kTables) {
    SQLite::Statement remove(
        transaction.connection(),
        absl::StrCat("DELETE FROM ", table, " WHERE job_id = ? AND (step = ? OR step <> ?)"));
    remove.bind(1, job_id);
    remove.bind(2, step);
    remove.bind(3, best);
    remove.exec();
  }
}

void InsertTotals(Transaction& transaction, int64_t job_id, const ConfusionReport& report) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO evaluation_confusions (job_id, step, sequence_count, token_count, masked_count, "
      "fake_count, caught_count, suspected_count, is_approximate) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, job_id);
  insert.bind(2, report.step);
  insert.bind(3, report.sequences);
  insert.bind(4, report.confusions.tokens);
  insert.bind(5, report.confusions.masked);
  insert.bind(6, report.confusions.fakes);
  insert.bind(7, report.confusions.caught);
  insert.bind(8, report.confusions.suspected);
  insert.bind(9, report.confusions.is_approximate ? 1 : 0);
  insert.exec();
}

// A token that is in both lists has the same counts in both.
void InsertTokens(Transaction& transaction, int64_t job_id, const ConfusionReport& report) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT OR REPLACE INTO evaluation_tokens (job_id, step, token, token_count, masked_count, "
      "fake_count, missed_count, suspected_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, job_id);
  insert.bind(2, report.step);
  for (const auto* list : {&report.confusions.faked, &report.confusions.suspects}) {
    for (const TokenConfusion<std::string>& token : *list) {
      insert.bind(3, token.token);
      insert.bind(4, token.count);
      insert.bind(5, token.masked);
      insert.bind(6, token.fakes);
      insert.bind(7, token.missed);
      insert.bind(8, token.suspected);
      insert.exec();
      insert.reset();
    }
  }
}

void InsertFakes(Transaction& transaction, int64_t job_id, const ConfusionReport& report) {
  // A vocabulary may hold a token twice: for a reader, they are the same fake.
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO evaluation_fakes (job_id, step, original, fake, fake_count, missed_count) "
      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
      "fake_count = fake_count + excluded.fake_count, "
      "missed_count = missed_count + excluded.missed_count");
  insert.bind(1, job_id);
  insert.bind(2, report.step);
  for (const FakeConfusion<std::string>& fake : report.confusions.missed) {
    insert.bind(3, fake.original);
    insert.bind(4, fake.fake);
    insert.bind(5, fake.fakes);
    insert.bind(6, fake.missed);
    insert.exec();
    insert.reset();
  }
}

template <typename Add>
void ListTokens(Reader& reader, int64_t job_id, int64_t step, int limit, const char* count,
                Add add) {
  SQLite::Statement query(
      reader.connection(),
      absl::StrCat("SELECT token, token_count, masked_count, fake_count, missed_count, "
                   "suspected_count FROM evaluation_tokens WHERE job_id = ? AND step = ? AND ",
                   count, " > 0 ORDER BY ", count, " DESC, token LIMIT ?"));
  query.bind(1, job_id);
  query.bind(2, step);
  query.bind(3, limit);
  while (query.executeStep()) {
    v1::TokenConfusion* token = add();
    token->set_token(query.getColumn(0).getString());
    token->set_count(query.getColumn(1).getInt64());
    token->set_masked_count(query.getColumn(2).getInt64());
    token->set_fake_count(query.getColumn(3).getInt64());
    token->set_missed_count(query.getColumn(4).getInt64());
    token->set_suspected_count(query.getColumn(5).getInt64());
  }
}

void ListFakes(Reader& reader, int64_t job_id, int64_t step, int limit,
               v1::Confusions* confusions) {
  SQLite::Statement query(
      reader.connection(),
      "SELECT original, fake, fake_count, missed_count FROM evaluation_fakes "
      "WHERE job_id = ? AND step = ? ORDER BY missed_count DESC, original, fake LIMIT ?");
  query.bind(1, job_id);
  query.bind(2, step);
  query.bind(3, limit);
  while (query.executeStep()) {
    v1::FakeConfusion* fake = confusions->add_missed();
    fake->set_original(query.getColumn(0).getString());
    fake->set_fake(query.getColumn(1).getString());
    fake->set_fake_count(query.getColumn(2).getInt64());
    fake->set_missed_count(query.getColumn(3).getInt64());
  }
}

}  // namespace

void PutConfusions(Transaction& transaction, int64_t job_id, const ConfusionReport& report) {
  const std::optional<v1::Evaluation> best = RunSummaries(transaction).Read(job_id).best_evaluation;
  MakeRoom(transaction, job_id, report.step, best ? best->step() : report.step);
  InsertTotals(transaction, job_id, report);
  InsertTokens(transaction, job_id, report);
  InsertFakes(transaction, job_id, report);
}

std::optional<int64_t> LastConfusionsStep(Reader& reader, int64_t job_id) {
  SQLite::Statement query(reader.connection(),
                          "SELECT max(step) FROM evaluation_confusions WHERE job_id = ?");
  query.bind(1, job_id);
  query.executeStep();
  if (query.getColumn(0).isNull()) return std::nullopt;
  return query.getColumn(0).getInt64();
}

std::optional<v1::Confusions> FindConfusions(Reader& reader, int64_t job_id, int64_t step,
                                             int limit) {
  SQLite::Statement query(reader.connection(),
                          "SELECT sequence_count, token_count, masked_count, fake_count, "
                          "caught_count, suspected_count, is_approximate "
                          "FROM evaluation_confusions WHERE job_id = ? AND step = ?");
  query.bind(1, job_id);
  query.bind(2, step);
  if (!query.executeStep()) return std::nullopt;
  v1::Confusions confusions;
  confusions.set_first_step(step);
  confusions.set_last_step(step);
  confusions.set_sample_count(query.getColumn(0).getInt64());
  confusions.set_token_count(query.getColumn(1).getInt64());
  confusions.set_masked_count(query.getColumn(2).getInt64());
  confusions.set_fake_count(query.getColumn(3).getInt64());
  confusions.set_caught_count(query.getColumn(4).getInt64());
  confusions.set_suspected_count(query.getColumn(5).getInt64());
  confusions.set_is_approximate(query.getColumn(6).getInt() != 0);
  ListTokens(reader, job_id, step, limit, "fake_count", [&] { return confusions.add_faked(); });
  ListFakes(reader, job_id, step, limit, &confusions);
  ListTokens(reader, job_id, step, limit, "suspected_count",
             [&] { return confusions.add_suspected(); });
  return confusions;
}

}  // namespace electra::server
