// Some megabytes of the data folder's disk, kept in a file that nobody reads. On a full disk they
// are given up, so that what makes room can be recorded, and taken again once there is room.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>

namespace electra::server {

class DiskReserve {
 public:
  // As much as the database's log of changes has before SQLite begins it anew.
  static constexpr int64_t kBytes = int64_t{4} << 20;

  // Finds the file where an earlier daemon has left it.
  explicit DiskReserve(std::filesystem::path path);

  bool is_held() const { return is_held_; }

  // False: there was none to give up.
  bool GiveUp();

  // Takes it again where the disk has room for it and for as much beside it; whether it is held.
  bool Restore();

 private:
  const std::filesystem::path path_;
  bool is_held_ = false;
};

}  // namespace electra::server
