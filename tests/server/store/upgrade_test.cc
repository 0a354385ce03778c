// Databases of released daemons, opened by this one. tests/golden/databases has one of each schema;
// make_database_golden.py next to it shows how they are made.
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "core/settings/hyperparameter_table.h"
#include "migrations/migrations.h"
#include "server/store/database.h"
#include "server/store/events.h"
#include "server/store/job_list.h"
#include "server/store/jobs.h"
#include "server/store/migrate.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

const fs::path kGolden = fs::path(ELECTRA_SOURCE_DIR) / "tests/golden/databases";

std::string ReadText(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> Files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) files.push_back(entry.path());
  return files;
}

// Rows of each table.
std::map<std::string, int64_t> CountRows(SQLite::Database& connection) {
  std::map<std::string, int64_t> counts;
  SQLite::Statement tables(connection,
                           "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                           "'sqlite_%'");
  while (tables.executeStep()) {
    const std::string name = tables.getColumn(0).getString();
    counts[name] = connection.execAndGet("SELECT count(*) FROM " + name).getInt64();
  }
  return counts;
}

// Columns of each table and the indices, independent of the order and spelling of their statements.
std::vector<std::string> Shape(SQLite::Database& connection) {
  std::vector<std::string> shape;
  SQLite::Statement columns(
      connection,
      "SELECT m.name, c.name, c.type, c.\"notnull\", coalesce(c.dflt_value, ''), c.pk FROM "
      "sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2");
  while (columns.executeStep()) {
    std::string line;
    for (int i = 0; i < columns.getColumnCount(); ++i) {
      absl::StrAppend(&line, columns.getColumn(i).getString(), " ");
    }
    shape.push_back(line);
  }
  SQLite::Statement indices(connection,
                            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' ORDER "
                            "BY 1");
  while (indices.executeStep()) {
    shape.push_back(
        absl::StrCat(indices.getColumn(0).getString(), " on ", indices.getColumn(1).getString()));
  }
  return shape;
}

class UpgradeTest : public ::testing::TestWithParam<int> {
 protected:
  void MakeOld(int schema) {
    SQLite::Database old(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec("PRAGMA foreign_keys = OFF");
    old.exec(ReadText(kGolden / absl::StrCat("schema_", schema, ".sql")));
    rows_ = CountRows(old);
  }

  static SQLite::Database OpenFile(const fs::path& path) {
    return SQLite::Database(path.string(), SQLite::OPEN_READONLY);
  }

  TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "electrad.db";
  std::map<std::string, int64_t> rows_;  // before the upgrade
};

TEST_P(UpgradeTest, OpensInTheNewestAndKeepsEveryRow) {
  MakeOld(GetParam());
  {
    const auto database = Database::Open(path_);
    ASSERT_TRUE(database.ok()) << database.status();
    EXPECT_EQ((*database)->schema_version(), static_cast<int>(Migrations().size()));
    const absl::Status read = (*database)->Read([](Reader& reader) {
      const auto jobs = ListJobs(reader, {.limit = 100});
      EXPECT_TRUE(jobs.ok()) << jobs.status();
      if (!jobs.ok()) return jobs.status();
      EXPECT_THAT(*jobs, SizeIs(3));
      const absl::StatusOr<JobRow> read_job = GetJob(reader, jobs->back().id);
      EXPECT_TRUE(read_job.ok()) << read_job.status();
      if (!read_job.ok()) return read_job.status();
      const JobRow& done = *read_job;
      EXPECT_EQ(done.display_name, "끝난 작업");
      EXPECT_EQ(done.state, v1::SUCCEEDED);
      const auto found = ListJobs(
          reader,
          {.where = {"id IN (SELECT rowid FROM job_text_trigrams WHERE job_text_trigrams MATCH ?)",
                     {std::string("\"끝난 작\"")}},
           .limit = 100});
      EXPECT_TRUE(found.ok() && found->size() == 1) << found.status();
      EXPECT_EQ(done.step, 4);
      const std::vector<v1::TrainingEvent> events = ReadEvents(reader, done.id, 0, 1000);
      EXPECT_THAT(events, SizeIs(done.last_sequence));
      EXPECT_EQ(events.back().state_change().to(), v1::SUCCEEDED);
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    // And it can be written to like any other.
    EXPECT_TRUE((*database)
                    ->Write([](Transaction& transaction) {
                      const JobRow paused = ListJobsInState(transaction, v1::PAUSED).front();
                      EXPECT_THAT(paused.reason.text(), HasSubstr("paused after step"));
                      EXPECT_EQ(paused.reason.code(), "");  // there were none
                      return ChangeState(transaction, paused.id, v1::QUEUED,
                                         Message("RESUMED", "resumed"));
                    })
                    .ok());
  }
  SQLite::Database upgraded = OpenFile(path_);
  for (const auto& [table, count] : CountRows(upgraded)) {
    if (!rows_.contains(table) || table == "migrations") continue;
    EXPECT_EQ(count, rows_.at(table) + (table == "events" ? 1 : 0)) << table;
  }
  const auto fresh = Database::Open(folder_.path() / "fresh.db");
  ASSERT_TRUE(fresh.ok());
  SQLite::Database newest = OpenFile(folder_.path() / "fresh.db");
  EXPECT_EQ(Shape(upgraded), Shape(newest));
}

TEST_P(UpgradeTest, LeavesACopyOfWhatWasThereBefore) {
  MakeOld(GetParam());
  ASSERT_TRUE(Database::Open(path_).ok());
  const std::vector<fs::path> copies = Files(folder_.path() / "backups");
  ASSERT_THAT(copies, SizeIs(1));
  EXPECT_THAT(copies.front().filename().string(),
              HasSubstr(absl::StrCat("electrad-schema-", GetParam(), "-")));
  SQLite::Database copy = OpenFile(copies.front());
  EXPECT_EQ(SchemaVersion(copy), GetParam());
  EXPECT_EQ(CountRows(copy), rows_);
  ASSERT_TRUE(Database::Open(path_).ok());  // needs no upgrade, and so no copy
  EXPECT_THAT(Files(folder_.path() / "backups"), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(EachReleasedSchema, UpgradeTest, ::testing::Range(1, 11),
                         [](const auto& info) { return absl::StrCat("Schema", info.param); });

class UpgradeFailureTest : public UpgradeTest {};

class UpgradeRowsTest : public UpgradeTest {
 protected:
  // Before 0011, a trace was only in its job's first event.
  void PutTrace(int64_t job_id, const std::string& trace_parent) {
    SQLite::Database old(path_.string(), SQLite::OPEN_READWRITE);
    Reader reader(old);
    v1::TrainingEvent event = ReadEvents(reader, job_id, 0, 1).front();
    event.mutable_state_change()->set_trace_parent(trace_parent);
    const std::string payload = event.SerializeAsString();
    SQLite::Statement update(old,
                             "UPDATE events SET payload = ? WHERE job_id = ? AND sequence = 1");
    update.bind(1, payload.data(), static_cast<int>(payload.size()));
    update.bind(2, job_id);
    EXPECT_EQ(update.exec(), 1);
  }
};

TEST_F(UpgradeRowsTest, AJobKeepsTheTraceOfItsFirstEvent) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  MakeOld(5);
  PutTrace(2, trace);
  const auto database = Database::Open(path_);
  ASSERT_TRUE(database.ok()) << database.status();
  std::map<int64_t, std::string> traces;
  const absl::Status read = (*database)->Read([&](Reader& reader) {
    for (int64_t id : {1, 2, 3}) traces[id] = GetJob(reader, id)->trace_parent;
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_THAT(traces, ElementsAre(Pair(1, ""), Pair(2, trace), Pair(3, "")));
}

// Before 0025, jobs on processors ignored bf16, whose default true was stored.
TEST_F(UpgradeRowsTest, Bf16OfTrueBecomesAuto) {
  MakeOld(10);
  {
    SQLite::Database old(path_.string(), SQLite::OPEN_READWRITE);
    old.exec(
        "UPDATE jobs SET hyperparameters = replace(hyperparameters, '\"bf16\":true', "
        "'\"bf16\":false') WHERE id = 2");
  }
  const auto database = Database::Open(path_);
  ASSERT_TRUE(database.ok()) << database.status();
  std::vector<Bf16> stored;
  std::vector<double> rates;
  const absl::Status read = (*database)->Read([&](Reader& reader) {
    for (int64_t id : {1, 2, 3}) {
      const ParsedHyperparameters job = ParseHyperparameters(GetJob(reader, id)->hyperparameters);
      stored.push_back(job.values.bf16);
      rates.push_back(job.values.learning_rate);
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_THAT(stored, ElementsAre(Bf16::kAuto, Bf16::kFalse, Bf16::kAuto));
  EXPECT_THAT(rates, ElementsAre(5e-4, 5e-4, 5e-4));
}

// Before 0012, an undefined metric was 0.
TEST_F(UpgradeRowsTest, AMetricThatWasNotDefinedIsNull) {
  MakeOld(10);
  {
    SQLite::Database old(path_.string(), SQLite::OPEN_READWRITE);
    for (const char* table : {"step_metrics", "evaluations"}) {
      old.exec(absl::StrCat("UPDATE ", table,
                            " SET discriminator_precision = 0, discriminator_recall = 0, "
                            "discriminator_accuracy = CASE step WHEN 2 THEN 1 ELSE 0.9 END"));
    }
  }
  ASSERT_TRUE(Database::Open(path_).ok());
  SQLite::Database upgraded = OpenFile(path_);
  for (const char* table : {"step_metrics", "evaluations"}) {
    const auto count = [&](const char* condition) {
      return upgraded.execAndGet(absl::StrCat("SELECT count(*) FROM ", table, " WHERE ", condition))
          .getInt();
    };
    EXPECT_GT(count("step = 2"), 0) << table;
    EXPECT_EQ(
        count("step = 2 AND discriminator_precision IS NULL AND discriminator_recall IS NULL"),
        count("step = 2"));
    EXPECT_EQ(count("step != 2 AND discriminator_recall = 0"), count("step != 2"));
  }
  EXPECT_EQ(upgraded.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

// The tables of a migration in the middle exist already: it fails after others have succeeded.
TEST_F(UpgradeFailureTest, ChangesNothingAtAll) {
  MakeOld(2);
  {
    SQLite::Database old(path_.string(), SQLite::OPEN_READWRITE);
    old.exec("CREATE TABLE tokens (theirs INTEGER)");  // 0005 makes one of this name
    rows_ = CountRows(old);
  }
  const absl::Status status = Database::Open(path_).status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("tokens"));
  SQLite::Database after = OpenFile(path_);
  EXPECT_EQ(SchemaVersion(after), 2);
  EXPECT_EQ(CountRows(after), rows_);
  EXPECT_EQ(after.execAndGet("SELECT count(*) FROM pragma_table_info('jobs') WHERE name = 'probe'")
                .getInt(),
            0);  // of 0003
}

TEST_F(UpgradeFailureTest, WithoutACopyThereIsNoUpgrade) {
  MakeOld(3);
  std::ofstream(folder_.path() / "backups") << "a file where the folder should be";
  EXPECT_FALSE(Database::Open(path_).ok());
  SQLite::Database after = OpenFile(path_);
  EXPECT_EQ(SchemaVersion(after), 3);
}

TEST_F(UpgradeFailureTest, ADatabaseOfANewerElectradIsRefusedByTheNameOfItsWriter) {
  ASSERT_TRUE(Database::Open(path_).ok());
  {
    SQLite::Database newer(path_.string(), SQLite::OPEN_READWRITE);
    newer.exec(
        "INSERT INTO migrations VALUES (9998, '9998_sweeps.sql', '7.5.0', 0);"
        "PRAGMA user_version = 9998");
  }
  const absl::Status status = Database::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("electrad 7.5.0 (9998_sweeps.sql)"), HasSubstr("schema 9998"),
                    HasSubstr(path_.string()), HasSubstr("backups")));
}

TEST_F(UpgradeFailureTest, ANewDatabaseNeedsNoCopyAndRecordsItsMigrations) {
  ASSERT_TRUE(Database::Open(path_).ok());
  EXPECT_FALSE(fs::exists(folder_.path() / "backups"));
  SQLite::Database database = OpenFile(path_);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM migrations").getInt(),
            static_cast<int>(Migrations().size()));
}

}  // namespace
}  // namespace electra::server
