#include "server/base/upload_room.h"

#include <algorithm>
#include <optional>

#include "core/base/message.h"

namespace electra::server {

UploadRoom::Share& UploadRoom::Share::operator=(Share&& other) noexcept {
  std::swap(room_, other.room_);
  std::swap(file_, other.file_);
  std::swap(number_, other.number_);
  return *this;
}

UploadRoom::Share::~Share() {
  if (room_ != nullptr) room_->Leave(file_, number_);
}

absl::StatusOr<UploadRoom::Share> UploadRoom::Announce(const MessageValue& what,
                                                       const std::string& file, int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  int64_t of_others = 0;
  for (const auto& [name, announced] : announced_) {
    if (name != file) of_others += Missing(name, announced.bytes);
  }
  const std::optional<int64_t> free = data_dir_.free_bytes();
  if (free && Missing(file, bytes) > *free - of_others) {
    if (of_others == 0) {
      return ResourceExhaustedError(
          "NO_DISK_SPACE",
          "{name} has {bytes} bytes, but only {free} are free on the daemon's disk", what.message(),
          bytes, *free);
    }
    return ResourceExhaustedError(
        "DISK_SPACE_ANNOUNCED",
        "{name} has {bytes} bytes, but of the {free} that are free on the daemon's disk other "
        "uploads have announced {announced}",
        what.message(), bytes, *free, of_others);
  }
  announced_[file] = {.bytes = bytes, .number = ++announcements_};
  return Share(*this, file, announcements_);
}

int64_t UploadRoom::Missing(const std::string& file, int64_t bytes) const {
  return std::max<int64_t>(0, bytes - FolderBytes(data_dir_.uploads() / file));
}

void UploadRoom::Leave(const std::string& file, int64_t number) {
  absl::MutexLock lock(&mutex_);
  const auto announced = announced_.find(file);
  if (announced != announced_.end() && announced->second.number == number) {
    announced_.erase(announced);
  }
}

}  // namespace electra::server
