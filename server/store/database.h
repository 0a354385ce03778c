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
// With a type, Read and Write return a value of it:
//
//   return database.Read<JobRow>([&](Reader& reader) { return FindJob(reader, name); });
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/base/monotonic_condition.h"

namespace electra::server {

// What a read sees: the database as it is at one instant. The functions of store/ take it and keep
// the SQL to themselves. Throws SQLite::Exception from its statements, which the database turns
// into a status. Not thread-safe.
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

// What a write sees, which may read what it changes. The database rolls back what fails.
class Transaction : public Reader {
 public:
  using Reader::Reader;

  // The commit listener will hear of this job.
  void MarkChanged(int64_t job_id) { changed_jobs_.insert(job_id); }
  const std::set<int64_t>& changed_jobs() const { return changed_jobs_; }

 private:
  std::set<int64_t> changed_jobs_;
};

// ResourceExhausted: the disk is full. DataLoss: the file is damaged. Unavailable: locked.
absl::Status ToStatus(const SQLite::Exception& error);

// A connection that can neither write nor checkpoint.
std::unique_ptr<SQLite::Database> OpenReadOnly(const std::filesystem::path& path);

class Database {
 public:
  using WriteFunction = std::function<absl::Status(Transaction&)>;
  using ReadFunction = std::function<absl::Status(Reader&)>;
  using DoneFunction = std::function<void(const absl::Status&)>;
  using CommitListener = std::function<void(const std::set<int64_t>& changed_jobs)>;

  // Opens or creates the file and applies the migrations that it lacks. FailedPrecondition: the
  // file is of a newer version. DataLoss: it is damaged.
  //
  // A file of more than `checked_whole` bytes is not read as a whole, which would take minutes: of
  // it all tables are checked but those that grow with every step (`electrad check` reads them
  // too).
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::filesystem::path& path,
                                                        int64_t checked_whole = kCheckedWhole);
  static constexpr int64_t kCheckedWhole = int64_t{256} << 20;
  // Commits what is queued.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Called on the writer's thread after each commit. Set before the first write.
  void SetCommitListener(CommitListener listener);
  // Called on the writer's thread after each transaction, with how long it took and whether it is
  // on the disk or SQLite rolled it back. Set before the first write.
  using CommitTimer = std::function<void(double seconds, bool is_stored)>;
  void SetCommitTimer(CommitTimer timer);

  // Runs `write` in a transaction of its own and returns when it is on the disk. An error of
  // `write` rolls back and is returned.
  absl::Status Write(WriteFunction write);
  template <typename Value>
  absl::StatusOr<Value> Write(const std::function<absl::StatusOr<Value>(Transaction&)>& write) {
    return ValueOf<Value, Transaction>(
        [this](WriteFunction function) { return Write(std::move(function)); }, write);
  }

  // Queues `write`; writes that wait share one transaction. Never waits for a disk, but for room
  // where kMaxQueued are waiting: then the disk is slower than what is written, and losing nothing
  // comes before speed. `on_done` is called on the writer's thread once the transaction is on the
  // disk, or with why it failed: then none of its writes is done.
  void WriteLater(WriteFunction write, DoneFunction on_done);

  // Runs `read` on the caller's thread in one read transaction.
  absl::Status Read(const ReadFunction& read);
  template <typename Value>
  absl::StatusOr<Value> Read(const std::function<absl::StatusOr<Value>(Reader&)>& read) {
    return ValueOf<Value, Reader>([this](const ReadFunction& function) { return Read(function); },
                                  read);
  }

  int schema_version() const { return schema_version_; }

 private:
  struct Request {
    WriteFunction write;
    DoneFunction on_done;
    bool waits = false;  // a caller waits for it: no delay, and a transaction of its own
  };

  static constexpr size_t kMaxQueued = 10000;

  // Runs `function` with `run`, which wants a status, and keeps its value.
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

  Database(std::filesystem::path path, std::unique_ptr<SQLite::Database> writer, int version);
  void RunWriter();
  // The next transaction's requests; empty when all is done and the database is closing.
  std::vector<Request> TakeRequests();
  absl::Status Commit(const std::vector<Request>& requests, Transaction& transaction);
  absl::StatusOr<std::unique_ptr<SQLite::Database>> TakeConnection();

  // Constant after construction.
  const std::filesystem::path path_;
  const std::unique_ptr<SQLite::Database> writer_;  // used by writer_thread_ only
  const int schema_version_;
  CommitListener listener_;
  CommitTimer timer_;

  absl::Mutex mutex_;
  std::deque<Request> queue_ ABSL_GUARDED_BY(mutex_);
  int waiting_writes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  MonotonicCondition became_urgent_;  // waiting_writes_ or stopping_ changed

  absl::Mutex readers_mutex_;
  std::vector<std::unique_ptr<SQLite::Database>> idle_readers_ ABSL_GUARDED_BY(readers_mutex_);

  std::thread writer_thread_;  // "writer": the only one that touches writer_
};

}  // namespace electra::server
