#include "server/store/lock_holder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace electra::server {
namespace {

// Where in the file of shared memory a connection that writes has its lock (SQLite's file format
// document, "WAL-index locks").
constexpr int64_t kWriteLockByte = 120;

struct FileLock {
  int64_t process = 0;
  uint64_t inode = 0;
  int64_t first = 0;  // byte
  int64_t last = 0;
};

// "1: POSIX ADVISORY WRITE 4711 08:02:5678 120 120", with "->" added for a process that waits.
std::optional<FileLock> ParseLock(const std::string& line) {
  std::istringstream words(line);
  std::string number, kind, advisory, mode, process, file, first, last;
  words >> number >> kind >> advisory >> mode >> process >> file >> first >> last;
  FileLock lock;
  if (!absl::SimpleAtoi(process, &lock.process) ||
      !absl::SimpleAtoi(file.substr(file.rfind(':') + 1), &lock.inode) ||
      !absl::SimpleAtoi(first, &lock.first)) {
    return std::nullopt;
  }
  if (last == "EOF") {
    lock.last = INT64_MAX;
  } else if (!absl::SimpleAtoi(last, &lock.last)) {
    return std::nullopt;
  }
  return lock;
}

std::string NameOf(int64_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/comm"));
  std::string name;
  std::getline(file, name);
  return absl::CHexEscape(name);  // which its owner chose
}

}  // namespace

Message LockHolder(const std::filesystem::path& database) {
  struct stat shared_memory {};
  const Message unknown = Message("ANOTHER_PROGRAM", "another program");
  if (stat((database.string() + "-shm").c_str(), &shared_memory) != 0) return unknown;
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    const std::optional<FileLock> lock = ParseLock(line);
    if (!lock || lock->inode != shared_memory.st_ino || lock->process <= 0 ||
        lock->process == getpid() || lock->first > kWriteLockByte || lock->last < kWriteLockByte) {
      continue;
    }
    const std::string name = NameOf(lock->process);
    return Message("PROCESS", "process {process}{name}", lock->process,
                   name.empty() ? "" : absl::StrCat(" (", name, ")"));
  }
  return unknown;
}

}  // namespace electra::server
