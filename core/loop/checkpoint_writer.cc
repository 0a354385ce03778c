#include "core/loop/checkpoint_writer.h"

#include <pthread.h>

#include <exception>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/loop/checkpoint.h"

namespace electra {

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

CheckpointWriter::Result CheckpointWriter::Await() {
  if (thread_.joinable()) thread_.join();
  absl::MutexLock lock(&mutex_);
  return std::exchange(result_, std::nullopt);
}

absl::StatusOr<CheckpointReport> CheckpointWriter::Write(const CheckpointCopy& copy) const {
  try {
    RETURN_IF_ERROR(options_.observer.Sync());
    absl::StatusOr<CheckpointReport> report =
        WriteCheckpoint(options_.checkpoints_dir, {.state = copy.state,
                                                   .model = options_.model,
                                                   .tokenizer = options_.tokenizer,
                                                   .tokens_seen = copy.tokens_seen,
                                                   .best = copy.best});
    RETURN_IF_ERROR(report.status());
    if (copy.is_best) RETURN_IF_ERROR(MarkBestCheckpoint(report->path));
    PruneCheckpoints(options_.checkpoints_dir, options_.keep);
    return report;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("memory ran out while a checkpoint was written");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("cannot write a checkpoint: ", error.what()));
  }
}

void CheckpointWriter::Start(CheckpointCopy copy) {
  thread_ = std::thread([this, copy = std::move(copy)] {
    absl::StatusOr<CheckpointReport> report = Write(copy);
    absl::MutexLock lock(&mutex_);
    result_ = std::move(report);
  });
  pthread_setname_np(thread_.native_handle(), "checkpoint");
}

}  // namespace electra
