// Room on the daemon's disk for simultaneous uploads: each counts the bytes that the others have
// announced and not sent yet.
//
//   ASSIGN_OR_RETURN(share_, room.Announce("books.csv", partial.file_name(), header.size_bytes()));
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/base/message.h"
#include "server/base/data_dir.h"

namespace electra::server {

class UploadRoom {
 public:
  // An upload's announcement, for as long as this lives. The room must outlive it.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept { *this = std::move(other); }
    Share& operator=(Share&& other) noexcept;
    ~Share();

   private:
    friend class UploadRoom;
    Share(UploadRoom& room, std::string file, int64_t number)
        : room_(&room), file_(std::move(file)), number_(number) {}

    UploadRoom* room_ = nullptr;
    std::string file_;
    int64_t number_ = 0;
  };

  // `data_dir` must outlive this.
  explicit UploadRoom(const DataDir& data_dir) : data_dir_(data_dir) {}

  // Announces that `file`, a name in uploads/, will have this many bytes; only its newest
  // announcement counts. ResourceExhausted: the disk has no room for them; the message begins with
  // `what`.
  absl::StatusOr<Share> Announce(const MessageValue& what, const std::string& file, int64_t bytes);

 private:
  struct Announced {
    int64_t bytes = 0;
    int64_t number = 0;  // of the announcement
  };

  // How many of the announced bytes `file` still lacks.
  int64_t Missing(const std::string& file, int64_t bytes) const;
  void Leave(const std::string& file, int64_t number);

  const DataDir& data_dir_;
  absl::Mutex mutex_;
  std::map<std::string, Announced> announced_ ABSL_GUARDED_BY(mutex_);  // by file
  int64_t announcements_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace electra::server
