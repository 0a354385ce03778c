// Imported models whose weights stay in memory, so that the next job that starts from the same one
// reads nothing from the disk.
//
//   ASSIGN_OR_RETURN(const ResidentModel model, models.Load(directory, stop));
//
// Thread-safe. A model that a job holds lives until the job lets go, whatever is unloaded
// meanwhile.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/hub/pretrained_pair.h"
#include "core/trainer.h"

namespace electra {

struct ResidentModel {
  std::shared_ptr<const PretrainedPair> pair;
  bool was_read = false;  // from the disk, by this call
};

class ResidentModels {
 public:
  // Bytes of weights at most; the models that were used longest ago make room. 0 keeps none.
  explicit ResidentModels(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // The model of the directory, which never changes once it is there. A model larger than all that
  // may be kept is mapped from its files for this job alone. Errors: LoadPretrainedPair's;
  // Cancelled when `stop` was set meanwhile, and then nothing is kept.
  absl::StatusOr<ResidentModel> Load(const std::string& directory, const StopSignal& stop);

  // Lets all of them go.
  UnloadReport Unload();

 private:
  struct Entry {
    std::string directory;
    std::shared_ptr<const PretrainedPair> pair;
    int64_t bytes = 0;
  };

  void MakeRoom(int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int64_t max_bytes_;
  absl::Mutex mutex_;  // held while a model is read: a second job waits instead of reading it too
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // the one used last is first
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace electra
