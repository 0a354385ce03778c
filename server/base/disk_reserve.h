// Some megabytes of the data folder's disk, kept in an unused file. A full disk gets them back, so
// that deletions can be recorded; they are reserved again once there is room.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>

namespace electra::server {

class DiskReserve {
 public:
  // The size at which SQLite begins the database's log of changes anew.
  static constexpr int64_t kBytes = int64_t{4} << 20;

  // Finds the file that an earlier daemon left.
  explicit DiskReserve(std::filesystem::path path);

  bool is_held() const { return is_held_; }

  // False: it was not held.
  bool GiveUp();

  // Reserves it again if the disk has room for twice its size. Returns whether it is held.
  bool Restore();

 private:
  const std::filesystem::path path_;
  bool is_held_ = false;
};

}  // namespace electra::server
