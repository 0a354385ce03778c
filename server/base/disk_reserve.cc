#include "server/base/disk_reserve.h"

#include <fcntl.h>

#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "server/base/log.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

}  // namespace

DiskReserve::DiskReserve(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path_, error);
  is_held_ = !error && size >= static_cast<std::uintmax_t>(kBytes);
}

bool DiskReserve::GiveUp() {
  if (!is_held_) return false;
  std::error_code error;
  fs::remove(path_, error);
  is_held_ = false;
  Log(LogLevel::kWarning, "disk_reserve_given_up",
      {{"file", path_.string()},
       {"note", "the disk is full: until there is room, only deletions are recorded"}});
  return !error;
}

bool DiskReserve::Restore() {
  if (is_held_) return true;
  std::error_code error;
  const fs::space_info space = fs::space(path_.parent_path(), error);
  if (error || space.available < static_cast<std::uintmax_t>(2 * kBytes)) return false;
  // Blocks, not only a length: a file of holes would not reserve anything.
  const FileDescriptor file(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  is_held_ = file.valid() && posix_fallocate(file.get(), 0, kBytes) == 0;
  if (!is_held_) {
    fs::remove(path_, error);
    return false;
  }
  Log(LogLevel::kInfo, "disk_reserve_taken",
      {{"file", path_.string()}, {"bytes", absl::StrCat(kBytes)}});
  return true;
}

}  // namespace electra::server
