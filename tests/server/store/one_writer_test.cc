// SQLite before 3.51.3 can damage a WAL database when two connections write or checkpoint at once:
// a layer below SQLite records everything that the process's connections do to the files.
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstring>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/store/backup.h"
#include "server/store/database.h"
#include "server/upkeep/check.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::SizeIs;

// A file system below SQLite that remembers which open file was written. Each connection opens each
// database and each WAL once.
class RecordingVfs {
 public:
  RecordingVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    vfs_.zName = "recording";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.pAppData = this;
    vfs_.xOpen = &Open;
    sqlite3_vfs_register(&vfs_, /*makeDflt=*/1);
  }
  ~RecordingVfs() {
    sqlite3_vfs_register(real_, 1);
    sqlite3_vfs_unregister(&vfs_);
  }
  RecordingVfs(const RecordingVfs&) = delete;
  RecordingVfs& operator=(const RecordingVfs&) = delete;

  // Open files of this path, and the ones that were written to, cut or synced.
  std::set<int> opened(const std::string& path) {
    absl::MutexLock lock(&mutex_);
    return opened_[path];
  }
  std::set<int> changed(const std::string& path) {
    absl::MutexLock lock(&mutex_);
    return changed_[path];
  }

 private:
  // SQLite's object of an open file; the real one follows it in memory.
  struct File : sqlite3_file {
    sqlite3_io_methods methods;
    RecordingVfs* vfs;
    int id;
    char path[512];
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static File* Of(sqlite3_file* file) { return static_cast<File*>(file); }

  static void Note(sqlite3_file* file) {
    RecordingVfs& vfs = *Of(file)->vfs;
    absl::MutexLock lock(&vfs.mutex_);
    vfs.changed_[Of(file)->path].insert(Of(file)->id);
  }

  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* opened, int flags, int* out) {
    auto* self = static_cast<RecordingVfs*>(vfs->pAppData);
    File* file = Of(opened);
    file->pMethods = nullptr;
    const int result = self->real_->xOpen(self->real_, path, file->real(), flags, out);
    if (result != SQLITE_OK) return result;
    file->vfs = self;
    file->methods = Methods(*file->real()->pMethods);
    file->pMethods = &file->methods;
    std::strncpy(file->path, path == nullptr ? "" : path, sizeof(file->path) - 1);
    file->path[sizeof(file->path) - 1] = '\0';
    absl::MutexLock lock(&self->mutex_);
    file->id = ++self->files_;
    self->opened_[file->path].insert(file->id);
    return SQLITE_OK;
  }

  static sqlite3_io_methods Methods(const sqlite3_io_methods& real) {
    sqlite3_io_methods methods = {};
    methods.iVersion = 2;  // without memory mapping, so that every write is seen
    methods.xClose = [](sqlite3_file* f) { return Of(f)->real()->pMethods->xClose(Of(f)->real()); };
    methods.xRead = [](sqlite3_file* f, void* to, int count, sqlite3_int64 offset) {
      return Of(f)->real()->pMethods->xRead(Of(f)->real(), to, count, offset);
    };
    methods.xWrite = [](sqlite3_file* f, const void* from, int count, sqlite3_int64 offset) {
      Note(f);
      return Of(f)->real()->pMethods->xWrite(Of(f)->real(), from, count, offset);
    };
    methods.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      Note(f);
      return Of(f)->real()->pMethods->xTruncate(Of(f)->real(), size);
    };
    methods.xSync = [](sqlite3_file* f, int flags) {
      Note(f);
      return Of(f)->real()->pMethods->xSync(Of(f)->real(), flags);
    };
    methods.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return Of(f)->real()->pMethods->xFileSize(Of(f)->real(), size);
    };
    methods.xLock = [](sqlite3_file* f, int level) {
      return Of(f)->real()->pMethods->xLock(Of(f)->real(), level);
    };
    methods.xUnlock = [](sqlite3_file* f, int level) {
      return Of(f)->real()->pMethods->xUnlock(Of(f)->real(), level);
    };
    methods.xCheckReservedLock = [](sqlite3_file* f, int* result) {
      return Of(f)->real()->pMethods->xCheckReservedLock(Of(f)->real(), result);
    };
    methods.xFileControl = [](sqlite3_file* f, int operation, void* argument) {
      return Of(f)->real()->pMethods->xFileControl(Of(f)->real(), operation, argument);
    };
    methods.xSectorSize = [](sqlite3_file* f) {
      return Of(f)->real()->pMethods->xSectorSize(Of(f)->real());
    };
    methods.xDeviceCharacteristics = [](sqlite3_file* f) {
      return Of(f)->real()->pMethods->xDeviceCharacteristics(Of(f)->real());
    };
    if (real.iVersion < 2) return methods;
    methods.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** at) {
      return Of(f)->real()->pMethods->xShmMap(Of(f)->real(), page, size, extend, at);
    };
    methods.xShmLock = [](sqlite3_file* f, int offset, int count, int flags) {
      return Of(f)->real()->pMethods->xShmLock(Of(f)->real(), offset, count, flags);
    };
    methods.xShmBarrier = [](sqlite3_file* f) {
      Of(f)->real()->pMethods->xShmBarrier(Of(f)->real());
    };
    methods.xShmUnmap = [](sqlite3_file* f, int remove) {
      return Of(f)->real()->pMethods->xShmUnmap(Of(f)->real(), remove);
    };
    return methods;
  }

  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_;
  absl::Mutex mutex_;
  int files_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::set<int>> opened_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::set<int>> changed_ ABSL_GUARDED_BY(mutex_);
};

absl::Status WriteNote(Database& database) {
  return database.Write([](Transaction& transaction) {
    transaction.connection().exec("INSERT INTO notes VALUES (randomblob(20000))");
    return absl::OkStatus();
  });
}

// Readers, a backup and a check during enough writes for several checkpoints, and the checkpoint at
// the end, when the last connection closes.
TEST(OneWriterTest, ExactlyOneConnectionWritesAndCheckpoints) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "electrad.db").string();
  RecordingVfs vfs;
  {
    auto opened = Database::Open(path);
    ASSERT_TRUE(opened.ok()) << opened.status();
    Database& database = **opened;
    ASSERT_TRUE(database
                    .Write([](Transaction& transaction) {
                      transaction.connection().exec("CREATE TABLE notes (text BLOB)");
                      return absl::OkStatus();
                    })
                    .ok());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 100; ++j) {
          EXPECT_TRUE(WriteNote(database).ok());
          EXPECT_TRUE(database
                          .Read([](Reader& reader) {
                            reader.connection().execAndGet("SELECT count(*) FROM notes");
                            return absl::OkStatus();
                          })
                          .ok());
        }
      });
    }
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(BackupDatabase(path, folder.path() / absl::StrCat("copy", i)).ok());
      EXPECT_TRUE(CheckDataFolder(folder.path()).ok());
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(vfs.changed(path), SizeIs(1)) << "checkpoints while it runs";
  }
  EXPECT_GT(vfs.opened(path).size(), 2u);
  EXPECT_THAT(vfs.changed(path), SizeIs(1));
  EXPECT_THAT(vfs.changed(path + "-wal"), SizeIs(1));
}

// SQLite also refuses it.
TEST(OneWriterTest, AReaderCanNeitherWriteNorCheckpoint) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "electrad.db").string();
  auto database = Database::Open(path);
  ASSERT_TRUE(database.ok()) << database.status();
  RecordingVfs vfs;
  for (const char* sql : {"PRAGMA user_version = 7", "PRAGMA wal_checkpoint(TRUNCATE)",
                          "PRAGMA journal_mode = DELETE", "BEGIN IMMEDIATE"}) {
    (void)(*database)->Read([&](Reader& reader) {
      reader.connection().tryExec("COMMIT");
      reader.connection().tryExec(sql);
      reader.connection().tryExec("ROLLBACK");
      reader.connection().exec("BEGIN");
      return absl::OkStatus();
    });
  }
  EXPECT_THAT(vfs.opened(path), SizeIs(1));
  EXPECT_THAT(vfs.changed(path), SizeIs(0));
  EXPECT_THAT(vfs.changed(path + "-wal"), SizeIs(0));
}

}  // namespace
}  // namespace electra::server
