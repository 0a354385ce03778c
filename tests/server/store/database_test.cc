#include "server/store/database.h"

#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "absl/synchronization/notification.h"
#include "migrations/migrations.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DatabaseTest : public ::testing::Test {
 protected:
  std::unique_ptr<Database> Open() {
    auto database = Database::Open(path_);
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }

  static Database::WriteFunction Execute(std::string sql) {
    return [sql = std::move(sql)](Transaction& transaction) {
      transaction.connection().exec(sql);
      return absl::OkStatus();
    };
  }

  static int Count(Database& database) {
    int count = -1;
    EXPECT_TRUE(database
                    .Read([&](Reader& reader) {
                      count = reader.connection().execAndGet("SELECT count(*) FROM notes").getInt();
                      return absl::OkStatus();
                    })
                    .ok());
    return count;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "electrad.db";
};

TEST_F(DatabaseTest, AppliesAllMigrationsOnce) {
  EXPECT_EQ(Open()->schema_version(), static_cast<int>(Migrations().size()));
  EXPECT_EQ(Open()->schema_version(), static_cast<int>(Migrations().size()));
}

TEST_F(DatabaseTest, ReadsAndWritesGiveBackValues) {
  const auto database = Open();
  const auto count = [](Reader& reader) {
    return reader.connection().execAndGet("SELECT count(*) FROM notes").getInt();
  };
  ASSERT_TRUE(database->Write(Execute("CREATE TABLE notes (text TEXT)")).ok());
  const absl::StatusOr<int> written = database->Write<int>([&](Transaction& transaction) {
    transaction.connection().exec("INSERT INTO notes VALUES ('a')");
    return count(transaction);
  });
  EXPECT_EQ(written.value_or(-1), 1);
  EXPECT_EQ(database->Read<int>(count).value_or(-1), 1);

  const auto refused = database->Write<int>([](Transaction& transaction) -> absl::StatusOr<int> {
    transaction.connection().exec("INSERT INTO notes VALUES ('b')");
    return absl::AbortedError("no");
  });
  EXPECT_EQ(refused.status(), absl::AbortedError("no"));
  EXPECT_EQ(Count(*database), 1);
}

// Schema 2 made corpora a new table; jobs that refer to them must not notice.
TEST_F(DatabaseTest, ADatabaseOfTheFirstSchemaKeepsItsJobsAndCorpora) {
  {
    SQLite::Database first(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    first.exec(std::string(Migrations().front().sql));
    first.exec(
        "PRAGMA user_version = 1;"
        "INSERT INTO corpora VALUES (7, 'abc', 'books.csv', 'csv', 'sen', 10, 'digest', 3, 5);"
        "INSERT INTO jobs (name, display_name, state, priority, corpus_id, corpus_name, model, "
        "hyperparameters, vocabulary_sha256, requested_device, created_at, updated_at) VALUES "
        "('def', 'first', 'QUEUED', 0, 7, 'abc', 'small', '{}', '', 'cpu', 6, 6)");
  }
  const std::unique_ptr<Database> database = Open();
  EXPECT_TRUE(database
                  ->Read([](Reader& reader) {
                    SQLite::Statement query(
                        reader.connection(),
                        "SELECT corpora.name, encoding, on_invalid, "
                        "model_sha256, delimiter, quoting FROM jobs JOIN corpora ON corpora.id = "
                        "corpus_id WHERE jobs.name = 'def'");
                    EXPECT_TRUE(query.executeStep());
                    EXPECT_EQ(query.getColumn(0).getString(), "abc");
                    EXPECT_EQ(query.getColumn(1).getString(), "utf-8");
                    EXPECT_EQ(query.getColumn(2).getString(), "refuse");
                    EXPECT_EQ(query.getColumn(3).getString(), "");
                    EXPECT_EQ(query.getColumn(4).getString(), "");
                    EXPECT_EQ(query.getColumn(5).getString(), "");
                    return absl::OkStatus();
                  })
                  .ok());
}

// The key of samples got a new part with the options of training: older samples are from a batch.
TEST_F(DatabaseTest, SamplesOfAnOlderSchemaStay) {
  {
    SQLite::Database old(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (const Migration& migration : Migrations()) {
      if (migration.name.ends_with("_options.sql")) break;
      old.exec(std::string(migration.sql));
      old.exec("PRAGMA user_version = " + std::to_string(migration.version));
    }
    old.exec(
        "INSERT INTO jobs (id, name, display_name, state, priority, corpus_name, model, "
        "hyperparameters, vocabulary_sha256, requested_device, created_at, updated_at) "
        "VALUES (1, 'a', '', 'SUCCEEDED', 0, 'c', 'tiny', '{}', '', 'cpu', 0, 0);"
        "INSERT INTO samples VALUES (1, 20, 3, 77, '웹', '앱', 4, 1, 1, 0, 5)");
  }
  const auto database = Open();
  EXPECT_TRUE(database
                  ->Read([](Reader& reader) {
                    SQLite::Statement query(
                        reader.connection(),
                        "SELECT probe, sequence, original_sentence FROM samples WHERE step = 20");
                    EXPECT_TRUE(query.executeStep());
                    EXPECT_EQ(query.getColumn(0).getInt(), 0);
                    EXPECT_EQ(query.getColumn(1).getInt(), 77);
                    EXPECT_EQ(query.getColumn(2).getString(), "웹");
                    EXPECT_EQ(reader.connection().execAndGet("SELECT probe FROM jobs").getString(),
                              "");
                    return absl::OkStatus();
                  })
                  .ok());
}

// Since there is a history, rows of runs hold the values that lists show.
TEST_F(DatabaseTest, RunsOfAnOlderSchemaHaveTheirBestEvaluationAndCorpusName) {
  {
    SQLite::Database old(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (const Migration& migration : Migrations()) {
      if (migration.name.ends_with("_history.sql")) break;
      old.exec(std::string(migration.sql));
      old.exec("PRAGMA user_version = " + std::to_string(migration.version));
    }
    old.exec(
        "INSERT INTO corpora (id, name, file_name, format, column_name, encoding, on_invalid, "
        "size_bytes, sha256, sample_count, skipped_sample_count, replaced_sample_count, "
        "text_bytes, created_at) VALUES (5, 'c', 'books.csv', 'csv', 'sen', 'utf-8', 'refuse', 1, "
        "'a', 1, 0, 0, 1, 0);"
        "INSERT INTO jobs (id, name, display_name, state, priority, corpus_id, corpus_name, model, "
        "hyperparameters, vocabulary_sha256, requested_device, created_at, updated_at) "
        "VALUES (1, 'a', '', 'SUCCEEDED', 0, 5, 'c', 'tiny', '{}', '', 'cpu', 0, 0),"
        "       (2, 'b', '', 'QUEUED', 0, NULL, 'd', 'tiny', '{}', '', 'cpu', 0, 0);"
        "INSERT INTO evaluations VALUES (1, 0, 0, 9, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0),"
        "                               (1, 5, 0, 7.5, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0),"
        "                               (1, 9, 0, 8, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0)");
  }
  const auto database = Open();
  EXPECT_TRUE(database
                  ->Read([](Reader& reader) {
                    SQLite::Statement query(
                        reader.connection(),
                        "SELECT best_evaluation_loss, corpus_file_name, best_evaluation_step "
                        "FROM jobs ORDER BY id");
                    EXPECT_TRUE(query.executeStep());
                    EXPECT_EQ(query.getColumn(0).getDouble(), 7.5);
                    EXPECT_EQ(query.getColumn(1).getString(), "books.csv");
                    EXPECT_EQ(query.getColumn(2).getInt64(), 5);
                    EXPECT_TRUE(query.executeStep());
                    EXPECT_TRUE(query.getColumn(0).isNull());
                    EXPECT_EQ(query.getColumn(1).getString(), "");
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_F(DatabaseTest, ANewerDatabaseIsRefusedByName) {
  Open();
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 9999");
  const absl::Status status = Database::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("9999"));
}

TEST_F(DatabaseTest, AFileThatIsNoDatabaseIsDataLoss) {
  std::ofstream(path_) << std::string(5000, 'x');
  EXPECT_EQ(Database::Open(path_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(DatabaseTest, WritesInOrderAndRollsBackWhatFails) {
  const auto database = Open();
  ASSERT_TRUE(database->Write(Execute("CREATE TABLE notes (text TEXT NOT NULL)")).ok());
  std::vector<std::string> done;
  absl::Notification last;
  database->WriteLater(Execute("INSERT INTO notes VALUES ('a')"),
                       [&](const absl::Status& status) { done.push_back(status.ToString()); });
  database->WriteLater(Execute("INSERT INTO notes VALUES ('b')"), [&](const absl::Status& status) {
    done.push_back(status.ToString());
    last.Notify();
  });
  EXPECT_EQ(database
                ->Write([](Transaction& transaction) {
                  transaction.connection().exec("INSERT INTO notes VALUES ('c')");
                  return absl::AbortedError("no");
                })
                .code(),
            absl::StatusCode::kAborted);
  last.WaitForNotification();
  EXPECT_THAT(done, ElementsAre("OK", "OK"));
  EXPECT_EQ(Count(*database), 2);
}

TEST_F(DatabaseTest, AStatementThatFailsIsAStatus) {
  const auto database = Open();
  EXPECT_EQ(database->Write(Execute("INSERT INTO nowhere VALUES (1)")).code(),
            absl::StatusCode::kInternal);
  absl::Notification told;
  database->WriteLater(Execute("INSERT INTO nowhere VALUES (1)"), [&](const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    told.Notify();
  });
  told.WaitForNotification();
  ASSERT_TRUE(database->Write(Execute("CREATE TABLE notes (text TEXT)")).ok());
}

TEST_F(DatabaseTest, AWriteThatThrowsIsRolledBackAndTheNextOneIsDone) {
  const auto database = Open();
  const absl::Status thrown = database->Write([](Transaction& transaction) -> absl::Status {
    transaction.connection().exec("CREATE TABLE notes (text TEXT)");
    throw std::runtime_error("a library threw");
  });
  EXPECT_EQ(thrown.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(database->Write(Execute("CREATE TABLE notes (text TEXT)")).ok());
}

TEST_F(DatabaseTest, ReadersCannotWrite) {
  const auto database = Open();
  const absl::Status status = database->Read([](Reader& reader) {
    reader.connection().exec("CREATE TABLE notes (text TEXT)");
    return absl::OkStatus();
  });
  EXPECT_FALSE(status.ok());
}

TEST_F(DatabaseTest, ClosingCommitsWhatIsQueued) {
  {
    const auto database = Open();
    ASSERT_TRUE(database->Write(Execute("CREATE TABLE notes (text TEXT)")).ok());
    for (int i = 0; i < 100; ++i) {
      database->WriteLater(Execute("INSERT INTO notes VALUES ('x')"), [](const absl::Status&) {});
    }
  }
  EXPECT_EQ(Count(*Open()), 100);
}

TEST_F(DatabaseTest, TheListenerHearsOfCommittedJobsOnly) {
  const auto database = Open();
  std::vector<std::set<int64_t>> heard;
  database->SetCommitListener([&](const std::set<int64_t>& jobs) { heard.push_back(jobs); });
  ASSERT_TRUE(database
                  ->Write([](Transaction& transaction) {
                    transaction.MarkChanged(5);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_FALSE(database
                   ->Write([](Transaction& transaction) {
                     transaction.MarkChanged(6);
                     return absl::AbortedError("no");
                   })
                   .ok());
  EXPECT_THAT(heard, ElementsAre(std::set<int64_t>{5}));
}

// The part of a file of hundreds of gigabytes that is read at the start.
TEST_F(DatabaseTest, OfALargeFileTheTablesOfStepsAreNotReadAtTheStart) {
  Open().reset();
  const auto overwrite_root_of = [this](const std::string& table) {
    int64_t page = 0;
    {
      SQLite::Database file(path_.string(), SQLite::OPEN_READWRITE);
      file.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      page = file.execAndGet("SELECT rootpage FROM sqlite_schema WHERE name = '" + table + "'")
                 .getInt64();
    }
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * 4096);
    file << std::string(4096, '\x7f');
  };
  overwrite_root_of("step_metrics");
  EXPECT_EQ(Database::Open(path_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(Database::Open(path_, {.checked_whole = 0}).ok());
  overwrite_root_of("job_tags");
  EXPECT_EQ(Database::Open(path_, {.checked_whole = 0}).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace electra::server
