// Why one writer: SQLite before 3.51.3, Debian's 3.40 among them, can damage a database in WAL mode
// when two connections write or checkpoint at the same time. With one connection, on one thread,
// that cannot happen, and no write meets SQLITE_BUSY from another of ours. A write that somebody
// waits for (a job, an upload) is a transaction of its own and on the disk when it returns; writes
// that nobody waits for (steps, samples) are gathered for kGatherTime and committed together. They
// stay in the queue until the transaction has begun, so that nothing is lost while another program
// has the file, and queued calls can be refused.
// Readers are connections of their own, read-only, and see the state of one instant. The price: all
// writes wait in line, so a long transaction keeps the others waiting.
#include "server/store/database.h"

#include <pthread.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/caught.h"
#include "server/base/log.h"
#include "server/store/migrate.h"

namespace electra::server {
namespace {

// How often the writer tries to get the file while another program has it.
constexpr int kLockPollMs = 50;
constexpr absl::Duration kFirstLockReport = absl::Seconds(1);
constexpr absl::Duration kLockReportEvery = absl::Minutes(1);

// Calls that wait for another program take threads from calls that read: after this time, only a
// limited number waits.
constexpr absl::Duration kCrowdPatience = absl::Milliseconds(500);
constexpr size_t kMaxCallsAtLock = 2;

// How long writes that nobody waits for are gathered before they are committed: a commit costs a
// disk sync, and people do not notice the delay.
constexpr absl::Duration kGatherTime = absl::Milliseconds(50);

absl::Duration Since(std::chrono::steady_clock::time_point start) {
  return absl::FromChrono(std::chrono::steady_clock::now() - start);
}

absl::Status Failed(const SQLite::Exception& error) {
  const absl::Status status = ToStatus(error);
  Log(LogLevel::kError, "transaction_failed", {{"error", std::string(status.message())}});
  return status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::filesystem::path& path,
                                                         const Options& options) {
  std::optional<DiskReserve> reserve;
  if (!options.reserve.empty()) reserve.emplace(options.reserve);
  while (true) {
    try {
      ASSIGN_OR_RETURN(std::unique_ptr<SQLite::Database> writer,
                       OpenWriter(path, options.checked_whole));
      RETURN_IF_ERROR(Migrate(*writer, path));
      writer->setBusyTimeout(kLockPollMs);
      if (reserve) reserve->Restore();
      return std::unique_ptr<Database>(
          new Database(path, options, std::move(writer), std::move(reserve)));
    } catch (const SQLite::Exception& error) {
      if (MayBeFull(error) && reserve && reserve->GiveUp()) continue;
      if (IsLocked(error)) return LockedError(path, absl::Milliseconds(kBusyTimeoutMs));
      const absl::Status status = ToStatus(error);
      if (absl::IsDataLoss(status)) return DamagedError(path, error.what());
      return Within(path.string(), status);
    }
  }
}

Database::Database(std::filesystem::path path, const Options& options,
                   std::unique_ptr<SQLite::Database> writer, std::optional<DiskReserve> reserve)
    : path_(std::move(path)),
      options_(options),
      schema_version_(SchemaVersion(*writer)),
      writer_(std::move(writer)),
      reserve_(std::move(reserve)),
      next_lock_report_(kFirstLockReport),
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

absl::Status Database::Write(WriteFunction write, OnFullDisk on_full) {
  return Await(
      {.write = std::move(write), .on_done = nullptr, .on_full = on_full, .is_call = true});
}

absl::Status Database::Flush() {
  return Await({.write = [](Transaction&) { return absl::OkStatus(); }, .on_done = nullptr});
}

absl::Status Database::Await(Request request) {
  absl::Notification done;
  absl::Status result;
  request.waits = true;
  request.on_done = [&](const absl::Status& status) {
    result = status;
    done.Notify();
  };
  {
    absl::MutexLock lock(&mutex_);
    queue_.push_back(std::move(request));
    ++waiting_writes_;
  }
  became_urgent_.NotifyAll();
  done.WaitForNotification();
  return result;
}

void Database::WriteLater(WriteFunction write, DoneFunction on_done, size_t bytes) {
  const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return queue_.size() < kMaxQueued && queued_bytes_ < kMaxQueuedBytes;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_room));
  queue_.push_back({.write = std::move(write), .on_done = std::move(on_done), .bytes = bytes});
  queued_bytes_ += bytes;
}

Database::Backlog Database::backlog() const {
  absl::MutexLock lock(&mutex_);
  return {.writes = queue_.size(),
          .locked_seconds = locked_since_ ? absl::ToDoubleSeconds(Since(*locked_since_)) : 0};
}

std::optional<std::chrono::steady_clock::time_point> Database::writing_since() const {
  const std::chrono::steady_clock::duration since(writing_since_.load());
  if (since.count() == 0) return std::nullopt;
  return std::chrono::steady_clock::time_point(since);
}

void Database::RunWriter() {
  while (AwaitWork()) {
    const absl::Status begun = Begin();
    const std::vector<Request> requests = TakeRequests();
    if (requests.empty()) {
      if (begun.ok()) writer_->tryExec("ROLLBACK");
      continue;
    }
    // Not while another program has the lock: only the daemon's own write counts as a stall.
    writing_since_ = std::chrono::steady_clock::now().time_since_epoch().count();
    const absl::Status status = begun.ok() ? Commit(requests) : begun;
    writing_since_ = 0;
    for (const Request& request : requests) request.on_done(status);
  }
}

bool Database::AwaitWork() {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !queue_.empty() || stopping_;
  };
  const auto is_urgent = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return waiting_writes_ > 0 || stopping_;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_work));
  became_urgent_.AwaitFor(mutex_, kGatherTime, is_urgent);
  return !queue_.empty();
}

absl::Status Database::Begin() {
  while (true) {
    try {
      writer_->exec("BEGIN IMMEDIATE");
      ReportUnlock();
      return absl::OkStatus();
    } catch (const SQLite::Exception& error) {
      if (!IsLocked(error)) return Failed(error);
    }
    RETURN_IF_ERROR(ReportLock());
  }
}

absl::Status Database::ReportLock() {
  absl::Duration locked_for;
  size_t queued = 0;
  bool is_given_up = false;
  std::vector<Request> refused;
  {
    absl::MutexLock lock(&mutex_);
    if (!locked_since_) locked_since_ = std::chrono::steady_clock::now();
    locked_for = Since(*locked_since_);
    refused = TakeCalls(locked_for);
    queued = queue_.size();
    is_given_up = locked_for >= options_.background_patience || (queued == 0 && stopping_);
  }
  const bool is_reported = locked_for >= next_lock_report_;
  if (refused.empty() && !is_given_up && !is_reported) return absl::OkStatus();
  const absl::Status why = LockedError(path_, locked_for);
  for (const Request& request : refused) request.on_done(why);
  if (is_reported) {
    next_lock_report_ = locked_for + kLockReportEvery;
    Log(LogLevel::kWarning, "database_locked",
        {{"note", std::string(why.message())}, {"queued", absl::StrCat(queued)}});
  }
  if (!is_given_up) return absl::OkStatus();
  Log(LogLevel::kError, "database_given_up", {{"error", std::string(why.message())}});
  return why;
}

void Database::ReportUnlock() {
  absl::Duration locked_for;
  size_t queued = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (!locked_since_) return;
    locked_for = Since(*locked_since_);
    locked_since_.reset();
    queued = queue_.size();
  }
  const bool was_reported = next_lock_report_ > kFirstLockReport;
  next_lock_report_ = kFirstLockReport;
  if (!was_reported) return;
  Log(LogLevel::kInfo, "database_unlocked",
      {{"file", path_.string()},
       {"seconds", absl::StrCat(absl::ToInt64Seconds(locked_for))},
       {"queued", absl::StrCat(queued)}});
}

std::vector<Database::Request> Database::TakeCalls(absl::Duration locked_for) {
  std::vector<Request> calls;
  size_t staying = 0;
  for (auto request = queue_.begin(); request != queue_.end();) {
    const bool is_refused =
        request->is_call && (locked_for >= options_.call_patience ||
                             (locked_for >= kCrowdPatience && staying >= kMaxCallsAtLock));
    if (request->is_call && !is_refused) ++staying;
    if (!is_refused) {
      ++request;
      continue;
    }
    calls.push_back(std::move(*request));
    request = queue_.erase(request);
    --waiting_writes_;
  }
  return calls;
}

std::vector<Database::Request> Database::TakeRequests() {
  absl::MutexLock lock(&mutex_);
  std::vector<Request> requests;
  while (!queue_.empty()) {
    if (queue_.front().waits && !requests.empty()) break;
    const bool alone = queue_.front().waits;
    queued_bytes_ -= queue_.front().bytes;
    requests.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) {
      --waiting_writes_;
      break;
    }
  }
  return requests;
}

absl::Status Database::Commit(const std::vector<Request>& requests) {
  const bool may_use_reserve = requests.front().on_full == OnFullDisk::kUseReserve;
  if (reserve_ && !reserve_->Restore() && !may_use_reserve) {
    writer_->tryExec("ROLLBACK");
    return DiskFullError("database or disk is full");
  }
  for (bool is_again = false;; is_again = true) {
    Transaction transaction(*writer_);
    const absl::Status status = Store(requests, transaction);
    if (status.ok() && listener_ && !transaction.changed_jobs().empty()) {
      listener_(transaction.changed_jobs());
    }
    const bool helps = may_use_reserve && !is_again && IsDiskFull(status);
    if (!helps || !reserve_ || !reserve_->GiveUp()) return status;
    RETURN_IF_ERROR(Begin());
  }
}

absl::Status Database::Store(const std::vector<Request>& requests, Transaction& transaction) {
  const auto start = std::chrono::steady_clock::now();
  const auto tell = [&](bool is_stored) {
    if (timer_) timer_(absl::ToDoubleSeconds(Since(start)), is_stored);
  };
  try {
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
    absl::Status status = Failed(error);
    writer_->tryExec("ROLLBACK");  // SQLite may have done so itself
    tell(false);
    return status;
  } catch (const std::exception& error) {  // from a write: all of them are undone
    writer_->tryExec("ROLLBACK");
    Log(LogLevel::kError, "transaction_failed", {{"error", error.what()}});
    return DaemonFailed(error);
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
