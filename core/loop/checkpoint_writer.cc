#include "core/loop/checkpoint_writer.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint.h"
#include "core/loop/checkpoint_folders.h"
#include "core/loop/checkpoint_room.h"
#include "core/loop/engine_error.h"

namespace electra {
namespace {

absl::Status NoMemoryForCheckpoint() {
  return ResourceExhaustedError("NO_MEMORY_FOR_CHECKPOINT",
                                "memory ran out while a checkpoint was written");
}

}  // namespace

CheckpointWriter::~CheckpointWriter() {
  if (thread_.joinable()) thread_.join();
}

CheckpointWriter::Result CheckpointWriter::TakeDone() {
  {
    absl::MutexLock lock(&mutex_);
    if (!result_) return std::nullopt;
  }
  return Await();
}

CheckpointWriter::Result CheckpointWriter::Await(absl::Duration limit) {
  if (!is_busy()) return std::nullopt;
  {
    absl::MutexLock lock(&mutex_);
    const auto is_done = [this]()
                             ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return result_.has_value(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&is_done), limit)) return std::nullopt;
  }
  return Await();
}

CheckpointWriter::Result CheckpointWriter::Await() {
  if (thread_.joinable()) thread_.join();
  absl::MutexLock lock(&mutex_);
  return std::exchange(result_, std::nullopt);
}

CheckpointWriter::Written CheckpointWriter::Write(CheckpointCopy& copy) const {
  try {
    copy.Fetch();  // before anything that may wait: the device has its memory back then
  } catch (const std::exception& error) {
    return DeviceError(error, NoMemoryForCheckpoint());
  }
  const std::filesystem::path& dir = options_.checkpoints_dir;
  const CheckpointContents contents{.state = copy.state,
                                    .model = options_.model,
                                    .tokenizer = options_.tokenizer,
                                    .tokens_seen = copy.tokens_seen,
                                    .run_seconds = copy.run_seconds,
                                    .best = copy.best};
  try {
    RETURN_IF_ERROR(options_.observer.Sync());
    const CheckpointRoom room = RoomOfCheckpoint(dir, contents, options_.keep, copy.is_best);
    ASSIGN_OR_RETURN(const std::optional<size_t> older,
                     options_.observer.AdmitCheckpoint(room.needed, room.older));
    if (!older) return std::nullopt;
    const auto stay = static_cast<int64_t>(*older);
    // The newest stays until there is another.
    if (*older < room.older.size()) PruneCheckpoints(dir, std::max<int64_t>(stay, 1));
    ASSIGN_OR_RETURN(CheckpointReport report, WriteCheckpoint(dir, contents));
    if (copy.is_best) RETURN_IF_ERROR(MarkBestCheckpoint(report.path));
    PruneCheckpoints(dir, *older < room.older.size() ? stay + 1 : options_.keep);
    return report;
  } catch (const std::bad_alloc&) {
    return NoMemoryForCheckpoint();
  } catch (const std::exception& error) {
    return InternalError("CHECKPOINT_NOT_WRITTEN", "cannot write a checkpoint: {reason}",
                         error.what());
  }
}

void CheckpointWriter::Start(CheckpointCopy copy) {
  thread_ = std::thread([this, copy = std::move(copy)]() mutable {
    Written written = Write(copy);
    absl::MutexLock lock(&mutex_);
    result_ = std::move(written);
  });
  pthread_setname_np(thread_.native_handle(), "checkpoint");
}

}  // namespace electra
