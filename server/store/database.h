// The daemon's SQLite file: one connection that writes, on a thread of its own, and a pool of
// read-only ones for everybody else.
//
// SQLite before 3.51.3 can damage a WAL database when two connections write or checkpoint at once;
// here exactly one can do either. Thread-safe.
//
//   RETURN_IF_ERROR(database.Read([&](Reader& reader) { ... }));
//   RETURN_IF_ERROR(database.Write([&](Transaction& transaction) { ... }));  // waits for the disk
//   database.WriteLater([...](Transaction& transaction) { ... }, on_done);   // does not
//
// Reading works while another program has the file locked. Training's reports wait in memory, in
// order; calls that write are refused after some seconds, with the name of that program.
//
// With a type, Read and Write return a value of it:
//
//   return database.Read<JobRow>([&](Reader& reader) { return FindJob(reader, name); });
#pragma once

#include <SQLiteCpp/Database.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/disk_reserve.h"
#include "server/base/monotonic_condition.h"
#include "server/store/connection.h"

namespace electra::server {

// A read's view: the database as it is at one instant. The functions of store/ take it and contain
// all SQL. Throws SQLite::Exception from its statements, which the database turns into a status.
// Not thread-safe.
class Reader {
 public:
  explicit Reader(SQLite::Database& connection) : connection_(connection) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // For statements.
  SQLite::Database& connection() { return connection_; }

 private:
  SQLite::Database& connection_;
};

// A write's view; it may read its own changes. The database rolls it back on an error.
class Transaction : public Reader {
 public:
  using Reader::Reader;

  // The commit listener will hear of this job.
  void MarkChanged(int64_t job_id) { changed_jobs_.insert(job_id); }
  const std::set<int64_t>& changed_jobs() const { return changed_jobs_; }

 private:
  std::set<int64_t> changed_jobs_;
};

// What happens to a write on a full disk. A write that makes room (a delete, the end of a job) may
// use the reserve, and then begins again: such a function may be called twice.
enum class OnFullDisk { kFail, kUseReserve };

class Database {
 public:
  using WriteFunction = std::function<absl::Status(Transaction&)>;
  using ReadFunction = std::function<absl::Status(Reader&)>;
  using DoneFunction = std::function<void(const absl::Status&)>;
  using CommitListener = std::function<void(const std::set<int64_t>& changed_jobs)>;

  struct Options {
    // A larger file is not read completely at the start, which would take minutes: the tables that
    // grow with every step are not checked (`electrad check` reads them too).
    int64_t checked_whole = int64_t{256} << 20;
    // The file of a DiskReserve; empty: there is none. While it is given up, only writes that may
    // use it run.
    std::filesystem::path reserve = {};
    // How long a call and a background write wait for another program's lock. The second limit ends
    // a job, and so is long.
    absl::Duration call_patience = absl::Seconds(5);
    absl::Duration background_patience = absl::Minutes(10);
  };

  // Opens or creates the file and applies the migrations that it lacks. FailedPrecondition: the
  // file has a newer version. DataLoss: it is damaged.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::filesystem::path& path,
                                                        const Options& options);
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::filesystem::path& path) {
    return Open(path, Options());
  }
  // Commits the queued writes.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Called on the writer's thread after each commit. Set before the first write.
  void SetCommitListener(CommitListener listener);
  // Called on the writer's thread after each transaction, with its time once it had the file, and
  // whether it is on the disk or SQLite rolled it back. Set before the first write.
  using CommitTimer = std::function<void(double seconds, bool is_stored)>;
  void SetCommitTimer(CommitTimer timer);

  // Runs `write` in a transaction of its own and returns when it is on the disk. An error of
  // `write` rolls it back and is returned. FailedPrecondition with the reason DATABASE_LOCKED:
  // another program has had the file for longer than calls wait.
  absl::Status Write(WriteFunction write, OnFullDisk on_full = OnFullDisk::kFail);
  template <typename Value>
  absl::StatusOr<Value> Write(const std::function<absl::StatusOr<Value>(Transaction&)>& write,
                              OnFullDisk on_full = OnFullDisk::kFail) {
    return ValueOf<Value, Transaction>(
        [&](WriteFunction function) { return Write(std::move(function), on_full); }, write);
  }

  // Queues `write`, which takes about `bytes` of memory; waiting writes share one transaction. Does
  // not wait for a disk or another program, only for room where kMaxQueued or kMaxQueuedBytes are
  // waiting: then losing nothing comes before speed. `on_done` is called on the writer's thread
  // once the transaction is on the disk, or with the reason why it failed: then none of its writes
  // happened.
  void WriteLater(WriteFunction write, DoneFunction on_done, size_t bytes = 0);

  // Returns when all earlier writes are on the disk, or were given up.
  absl::Status Flush();

  // The waiting writes, and how long another program has kept them waiting.
  struct Backlog {
    size_t writes = 0;
    double locked_seconds = 0;  // 0: it has not
  };
  Backlog backlog() const;

  // Runs `read` on the caller's thread in one read transaction.
  absl::Status Read(const ReadFunction& read);
  template <typename Value>
  absl::StatusOr<Value> Read(const std::function<absl::StatusOr<Value>(Reader&)>& read) {
    return ValueOf<Value, Reader>([this](const ReadFunction& function) { return Read(function); },
                                  read);
  }

  int schema_version() const { return schema_version_; }

  // When the writer began its transaction; nothing between two.
  std::optional<std::chrono::steady_clock::time_point> writing_since() const;

 private:
  struct Request {
    WriteFunction write;
    DoneFunction on_done;
    size_t bytes = 0;
    OnFullDisk on_full = OnFullDisk::kFail;
    bool waits = false;    // a caller waits: no delay, and a transaction of its own
    bool is_call = false;  // and must not wait for another program
  };

  static constexpr size_t kMaxQueued = 10000;
  static constexpr size_t kMaxQueuedBytes = size_t{64} << 20;

  // Runs `function` with `run`, which needs a status, and keeps its value.
  template <typename Value, typename Access, typename Run>
  static absl::StatusOr<Value> ValueOf(
      Run run, const std::function<absl::StatusOr<Value>(Access&)>& function) {
    absl::StatusOr<Value> value;
    const absl::Status status = run([&](Access& access) {
      value = function(access);
      return value.status();
    });
    if (!status.ok()) return status;
    return value;
  }

  Database(std::filesystem::path path, const Options& options,
           std::unique_ptr<SQLite::Database> writer, std::optional<DiskReserve> reserve);
  // Queues a write that somebody waits for, and waits.
  absl::Status Await(Request request);

  // The writer's thread.
  void RunWriter();
  // Waits until there is a write; false: all are done, and the database is closing.
  bool AwaitWork();
  // Begins a transaction as soon as no other program has the file.
  absl::Status Begin();
  // Another program has it: refuses calls that have waited for too long. OK: go on waiting.
  absl::Status ReportLock();
  void ReportUnlock();
  std::vector<Request> TakeCalls(absl::Duration locked_for) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next transaction's requests; empty where their callers were refused.
  std::vector<Request> TakeRequests();
  // Runs the requests in the open transaction and commits it.
  absl::Status Commit(const std::vector<Request>& requests);
  absl::Status Store(const std::vector<Request>& requests, Transaction& transaction);
  absl::StatusOr<std::unique_ptr<SQLite::Database>> TakeConnection();

  // Constant after construction.
  const std::filesystem::path path_;
  const Options options_;
  const int schema_version_;
  CommitListener listener_;
  CommitTimer timer_;

  // A time_point's count, set by the writer's thread; 0: between transactions.
  std::atomic<std::chrono::steady_clock::rep> writing_since_ = 0;

  // Used by writer_thread_ only.
  const std::unique_ptr<SQLite::Database> writer_;
  std::optional<DiskReserve> reserve_;
  absl::Duration next_lock_report_;

  mutable absl::Mutex mutex_;
  std::deque<Request> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_writes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // When another program took the file.
  std::optional<std::chrono::steady_clock::time_point> locked_since_ ABSL_GUARDED_BY(mutex_);
  MonotonicCondition became_urgent_;  // waiting_writes_ or stopping_ changed

  absl::Mutex readers_mutex_;
  std::vector<std::unique_ptr<SQLite::Database>> idle_readers_ ABSL_GUARDED_BY(readers_mutex_);

  std::thread writer_thread_;  // "writer": the only one that touches writer_
};

}  // namespace electra::server
