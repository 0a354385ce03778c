// A database that another connection has locked, or whose disk is full.
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "server/base/errors.h"
#include "server/store/database.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;

class BusyDatabaseTest : public ::testing::Test {
 protected:
  std::unique_ptr<Database> Open(const Database::Options& options) {
    auto database = Database::Open(path_, options);
    EXPECT_TRUE(database.ok()) << database.status();
    EXPECT_TRUE(
        (*database)->Write(Insert("CREATE TABLE notes (id INTEGER PRIMARY KEY, text)")).ok());
    return *std::move(database);
  }

  static Database::WriteFunction Insert(std::string sql) {
    return [sql = std::move(sql)](Transaction& transaction) {
      transaction.connection().exec(sql);
      return absl::OkStatus();
    };
  }

  // As `sqlite3 electrad.db` has it between BEGIN IMMEDIATE and COMMIT.
  void Lock() { foreign_.emplace(path_.string(), SQLite::OPEN_READWRITE).exec("BEGIN IMMEDIATE"); }
  void Unlock() { foreign_->exec("ROLLBACK"); }

  static std::vector<std::string> Notes(Database& database) {
    std::vector<std::string> notes;
    EXPECT_TRUE(database
                    .Read([&](Reader& reader) {
                      SQLite::Statement query(reader.connection(),
                                              "SELECT text FROM notes ORDER BY id");
                      while (query.executeStep()) notes.push_back(query.getColumn(0).getString());
                      return absl::OkStatus();
                    })
                    .ok());
    return notes;
  }

  TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "electrad.db";
  const std::filesystem::path reserve_ = folder_.path() / "reserve";
  std::optional<SQLite::Database> foreign_;
};

TEST_F(BusyDatabaseTest, WhatIsReportedUnderALockIsWrittenInOrderOnceItIsGone) {
  const auto database = Open({.call_patience = absl::Milliseconds(1)});
  Lock();
  absl::Notification written;
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    expected.push_back(absl::StrCat("step ", i));
    database->WriteLater(Insert(absl::StrCat("INSERT INTO notes (text) VALUES ('step ", i, "')")),
                         [&written, i](const absl::Status& status) {
                           EXPECT_TRUE(status.ok()) << status;
                           if (i == 99) written.Notify();
                         });
  }
  // Readers get answers, and a call that writes is told who has the lock.
  EXPECT_TRUE(Notes(*database).empty());
  const absl::Status refused = database->Write(Insert("INSERT INTO notes (text) VALUES ('call')"));
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "DATABASE_LOCKED");
  EXPECT_THAT(std::string(refused.message()), HasSubstr(path_.string()));
  EXPECT_EQ(database->backlog().writes, 100u);
  EXPECT_GT(database->backlog().locked_seconds, 0);
  Unlock();
  written.WaitForNotification();
  EXPECT_EQ(Notes(*database), expected);
  EXPECT_EQ(database->backlog().locked_seconds, 0);
}

TEST_F(BusyDatabaseTest, FlushWaitsForTheLock) {
  const auto database = Open({.call_patience = absl::ZeroDuration()});
  Lock();
  database->WriteLater(Insert("INSERT INTO notes (text) VALUES ('step')"), [](const auto&) {});
  std::future<absl::Status> flushed =
      std::async(std::launch::async, [&] { return database->Flush(); });
  // A later call is refused, so the flush certainly waits.
  EXPECT_FALSE(database->Write(Insert("SELECT 1")).ok());
  Unlock();
  EXPECT_TRUE(flushed.get().ok());
  EXPECT_EQ(Notes(*database).size(), 1u);
}

TEST_F(BusyDatabaseTest, FewCallsWaitForALockAtOnce) {
  const auto database = Open({.call_patience = absl::Hours(1)});
  Lock();
  std::vector<absl::Status> ended;
  absl::Mutex mutex;
  std::vector<std::future<void>> calls;
  for (int i = 0; i < 6; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      const absl::Status status = database->Write(Insert("INSERT INTO notes (text) VALUES ('c')"));
      absl::MutexLock lock(&mutex);
      ended.push_back(status);
    }));
  }
  {
    const auto are_refused = [&] { return ended.size() == 4; };
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(&are_refused));
    for (const absl::Status& status : ended) EXPECT_EQ(ReasonOf(status), "DATABASE_LOCKED");
  }
  Unlock();
  calls.clear();
  EXPECT_EQ(Notes(*database).size(), 2u);
}

TEST_F(BusyDatabaseTest, ALockThatStaysIsGivenUpByName) {
  const auto database = Open({.background_patience = absl::ZeroDuration()});
  Lock();
  absl::Notification told;
  database->WriteLater(Insert("INSERT INTO notes (text) VALUES ('step')"),
                       [&](const absl::Status& status) {
                         EXPECT_EQ(ReasonOf(status), "DATABASE_LOCKED");
                         EXPECT_THAT(std::string(status.message()), HasSubstr(path_.string()));
                         told.Notify();
                       });
  told.WaitForNotification();
  Unlock();
  EXPECT_TRUE(database->Write(Insert("INSERT INTO notes (text) VALUES ('later')")).ok());
  EXPECT_EQ(Notes(*database), std::vector<std::string>{"later"});
}

TEST_F(BusyDatabaseTest, AtTheStartALockIsAnErrorThatNamesTheFile) {
  Open({}).reset();
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 1");
  Lock();  // and a migration is due
  const absl::Status status = Database::Open(path_).status();
  EXPECT_EQ(ReasonOf(status), "DATABASE_LOCKED");
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_.string()));
}

// SQLite calls a database that cannot grow full, as on a full disk.
constexpr char kFull[] = "PRAGMA max_page_count = 1";
constexpr char kRoom[] = "PRAGMA max_page_count = 1000000";
constexpr char kLarge[] = "INSERT INTO notes (text) VALUES (zeroblob(1000000))";

TEST_F(BusyDatabaseTest, OnAFullDiskWhatMakesRoomUsesTheReserve) {
  const auto database = Open({.reserve = reserve_});
  ASSERT_EQ(std::filesystem::file_size(reserve_), DiskReserve::kBytes);
  ASSERT_TRUE(database->Write(Insert(kFull)).ok());
  const absl::Status refused = database->Write(Insert(kLarge));
  EXPECT_TRUE(IsDiskFull(refused)) << refused;
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(std::filesystem::exists(reserve_));

  // Its room comes from the removed file.
  const auto remove = [&](Transaction& transaction) {
    if (!std::filesystem::exists(reserve_)) transaction.connection().exec(kRoom);
    transaction.connection().exec(kLarge);
    return absl::OkStatus();
  };
  EXPECT_TRUE(database->Write(remove, OnFullDisk::kUseReserve).ok());
  EXPECT_FALSE(std::filesystem::exists(reserve_));
  EXPECT_EQ(Notes(*database).size(), 1u);
  // The disk has room again: the next write takes the reserve again.
  EXPECT_TRUE(database->Write(Insert("DELETE FROM notes")).ok());
  EXPECT_TRUE(std::filesystem::exists(reserve_));
}

TEST_F(BusyDatabaseTest, TheReserveOfAnEarlierDaemonIsFound) {
  Open({.reserve = reserve_}).reset();
  DiskReserve reserve(reserve_);
  EXPECT_TRUE(reserve.is_held());
  EXPECT_TRUE(reserve.GiveUp());
  EXPECT_FALSE(reserve.GiveUp());
  EXPECT_FALSE(std::filesystem::exists(reserve_));
}

}  // namespace
}  // namespace electra::server
