// Why one writer: SQLite before 3.51.3, Debian's 3.40 among them, can damage a database in WAL mode
// when two connections write or checkpoint at the same time. With one connection, on one thread,
// that cannot happen, and no write meets SQLITE_BUSY from another of ours. A write that somebody
// waits for (a job, an upload) is a transaction of its own and on the disk when it returns; writes
// that nobody waits for (steps, samples) are gathered for kGatherTime and committed together.
// Readers are connections of their own, read-only, and see the state of one instant. The price: all
// writes stand in line, so whatever is long inside a transaction keeps the others waiting.
#include "server/store/database.h"

#include <SQLiteCpp/Statement.h>
#include <pthread.h>
#include <sqlite3.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "server/base/log.h"
#include "server/store/migrate.h"

namespace electra::server {
namespace {

constexpr int kBusyTimeoutMs = 5000;

// Writes that nobody waits for are gathered for so long before they are committed: a commit costs
// a disk sync, and a person does not see the difference.
constexpr absl::Duration kGatherTime = absl::Milliseconds(50);

absl::Status Damaged(const std::filesystem::path& path, const std::string& what) {
  return absl::DataLossError(
      absl::StrCat(path.string(), " is damaged: ", what,
                   ". Restore a backup (`electrad backup --help` says how), or start with another "
                   "data folder"));
}

void Configure(SQLite::Database& connection) {
  connection.exec("PRAGMA foreign_keys = ON");
  connection.exec("PRAGMA temp_store = MEMORY");
}

// What is wrong with the file; empty: nothing that was looked at.
std::string FindDamage(SQLite::Database& connection, const std::filesystem::path& path,
                       int64_t checked_whole) {
  std::vector<std::string> checks;
  if (static_cast<int64_t>(std::filesystem::file_size(path)) <= checked_whole) {
    checks = {"PRAGMA quick_check(1)"};
  } else {
    // Their rows are nearly the whole file.
    SQLite::Statement tables(connection,
                             "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
                             "('events', 'step_metrics', 'samples', 'evaluations')");
    while (tables.executeStep()) {
      checks.push_back(absl::StrCat("PRAGMA quick_check('", tables.getColumn(0).getString(), "')"));
    }
  }
  for (const std::string& check : checks) {
    std::string said = connection.execAndGet(check).getString();
    if (said != "ok") return said;
  }
  return "";
}

// SQLite lets a read-only connection write the WAL's pages back, and leave the WAL.
int RefuseCheckpoints(void*, int action, const char* name, const char*, const char*, const char*) {
  const bool refused = action == SQLITE_PRAGMA && (sqlite3_stricmp(name, "wal_checkpoint") == 0 ||
                                                   sqlite3_stricmp(name, "journal_mode") == 0);
  return refused ? SQLITE_DENY : SQLITE_OK;
}

}  // namespace

absl::Status ToStatus(const SQLite::Exception& error) {
  const std::string message = absl::StrCat("database: ", error.what());
  switch (error.getErrorCode()) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(
          absl::StrCat(message, ": free space on the data folder's file system"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(message);
    default:
      return absl::InternalError(message);
  }
}

std::unique_ptr<SQLite::Database> OpenReadOnly(const std::filesystem::path& path) {
  auto reader =
      std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READONLY, kBusyTimeoutMs);
  Configure(*reader);
  sqlite3_set_authorizer(reader->getHandle(), &RefuseCheckpoints, nullptr);
  sqlite3_db_config(reader->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return reader;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::filesystem::path& path,
                                                         int64_t checked_whole) {
  try {
    auto writer = std::make_unique<SQLite::Database>(
        path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
    writer->exec("PRAGMA journal_mode = WAL");
    writer->exec("PRAGMA synchronous = FULL");
    writer->exec("PRAGMA journal_size_limit = 67108864");
    Configure(*writer);
    const std::string problem = FindDamage(*writer, path, checked_whole);
    if (!problem.empty()) return Damaged(path, problem);
    RETURN_IF_ERROR(Migrate(*writer, path));
    const int version = SchemaVersion(*writer);
    return std::unique_ptr<Database>(new Database(path, std::move(writer), version));
  } catch (const SQLite::Exception& error) {
    const absl::Status status = ToStatus(error);
    if (absl::IsDataLoss(status)) return Damaged(path, error.what());
    return absl::Status(status.code(),
                        absl::StrCat(path.string(), ": ", std::string(status.message())));
  }
}

Database::Database(std::filesystem::path path, std::unique_ptr<SQLite::Database> writer,
                   int version)
    : path_(std::move(path)),
      writer_(std::move(writer)),
      schema_version_(version),
      writer_thread_([this] { RunWriter(); }) {
  pthread_setname_np(writer_thread_.native_handle(), "writer");
}

Database::~Database() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  became_urgent_.NotifyAll();
  writer_thread_.join();
}

void Database::SetCommitListener(CommitListener listener) { listener_ = std::move(listener); }

void Database::SetCommitTimer(CommitTimer timer) { timer_ = std::move(timer); }

absl::Status Database::Write(WriteFunction write) {
  absl::Notification done;
  absl::Status result;
  {
    absl::MutexLock lock(&mutex_);
    queue_.push_back({.write = std::move(write),
                      .on_done =
                          [&](const absl::Status& status) {
                            result = status;
                            done.Notify();
                          },
                      .waits = true});
    ++waiting_writes_;
  }
  became_urgent_.NotifyAll();
  done.WaitForNotification();
  return result;
}

void Database::WriteLater(WriteFunction write, DoneFunction on_done) {
  const auto has_room = [this] { return queue_.size() < kMaxQueued; };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_room));
  queue_.push_back({.write = std::move(write), .on_done = std::move(on_done), .waits = false});
}

void Database::RunWriter() {
  while (true) {
    const std::vector<Request> requests = TakeRequests();
    if (requests.empty()) return;
    Transaction transaction(*writer_);
    absl::Status status = Commit(requests, transaction);
    if (status.ok() && listener_ && !transaction.changed_jobs().empty()) {
      listener_(transaction.changed_jobs());
    }
    for (const Request& request : requests) request.on_done(status);
  }
}

std::vector<Database::Request> Database::TakeRequests() {
  const auto has_work = [this] { return !queue_.empty() || stopping_; };
  const auto is_urgent = [this] { return waiting_writes_ > 0 || stopping_; };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_work));
  became_urgent_.AwaitFor(mutex_, kGatherTime, is_urgent);

  std::vector<Request> requests;
  while (!queue_.empty()) {
    if (queue_.front().waits && !requests.empty()) break;
    const bool alone = queue_.front().waits;
    requests.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) {
      --waiting_writes_;
      break;
    }
  }
  return requests;
}

absl::Status Database::Commit(const std::vector<Request>& requests, Transaction& transaction) {
  const auto start = std::chrono::steady_clock::now();
  const auto tell = [&](bool is_stored) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (timer_) timer_(taken.count(), is_stored);
  };
  try {
    writer_->exec("BEGIN IMMEDIATE");
    for (const Request& request : requests) {
      if (absl::Status status = request.write(transaction); !status.ok()) {
        writer_->tryExec("ROLLBACK");
        return status;
      }
    }
    writer_->exec("COMMIT");
    tell(true);
    return absl::OkStatus();
  } catch (const SQLite::Exception& error) {
    absl::Status status = ToStatus(error);
    writer_->tryExec("ROLLBACK");  // SQLite may have done so itself
    tell(false);
    Log(LogLevel::kError, "transaction_failed", {{"error", std::string(status.message())}});
    return status;
  } catch (const std::exception& error) {  // of what was to be written: nothing of it is
    writer_->tryExec("ROLLBACK");
    Log(LogLevel::kError, "transaction_failed", {{"error", error.what()}});
    return absl::InternalError(absl::StrCat("the daemon failed: ", error.what()));
  }
}

absl::StatusOr<std::unique_ptr<SQLite::Database>> Database::TakeConnection() {
  {
    absl::MutexLock lock(&readers_mutex_);
    if (!idle_readers_.empty()) {
      std::unique_ptr<SQLite::Database> connection = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return connection;
    }
  }
  return OpenReadOnly(path_);
}

absl::Status Database::Read(const ReadFunction& read) {
  try {
    ASSIGN_OR_RETURN(std::unique_ptr<SQLite::Database> connection, TakeConnection());
    connection->exec("BEGIN");
    Reader reader(*connection);
    absl::Status status = read(reader);
    connection->exec("COMMIT");
    absl::MutexLock lock(&readers_mutex_);
    idle_readers_.push_back(std::move(connection));
    return status;
  } catch (const SQLite::Exception& error) {
    return ToStatus(error);  // the connection is closed with its transaction
  }
}

}  // namespace electra::server
