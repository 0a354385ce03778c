// The one pair that stays loaded between calls of InferenceService.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<InferencePair> pair, cache.Get(source.folder));
//
// Get() and TellIfLost() are for one thread, Drop() for any. A caller that has a pair keeps it until
// done, dropped or not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/inference.h"

namespace electra::server {

class InferenceCache {
 public:
  struct Options {
    std::function<absl::StatusOr<std::unique_ptr<InferencePair>>(
        const std::filesystem::path& folder, const std::string& device)>
        load = LoadInferencePair;
    // Where a pair is loaded: a card, while none trains, else the processor ("cpu"), which is also
    // taken where loading on the card fails. Unset: the processor.
    std::function<std::string()> idle_device;
    // A card was lost while it loaded or computed: the process must end.
    std::function<void(const std::string& device, const std::string& error)> on_device_lost;
    // Bytes that may be taken without pushing anything out; unset: what the kernel says.
    std::function<int64_t()> available_memory;
  };

  explicit InferenceCache(Options options);

  // The pair of this folder, loaded unless it is the current one, which is freed first.
  // ResourceExhausted: the weights would take more than half of the free memory, which a job may
  // need. Else the errors of loading.
  absl::StatusOr<std::shared_ptr<InferencePair>> Get(const std::filesystem::path& folder);

  // To be told of each error of a pair that Get() gave: calls on_device_lost where it IsDeviceLost.
  void TellIfLost(const absl::Status& status) const;

  // Frees the memory for a job that begins; false: there was nothing to free. A pair that is being
  // loaded meanwhile is not kept.
  bool Drop();

 private:
  // Identifies a folder's content: a retried job may write another checkpoint under the same name.
  struct Key {
    std::filesystem::path folder;
    std::filesystem::file_time_type written;
    friend bool operator==(const Key&, const Key&) = default;
  };

  absl::StatusOr<std::shared_ptr<InferencePair>> Load(const std::filesystem::path& folder);

  const Options options_;
  std::string device_ = "cpu";  // of the last pair that was loaded; the thread's that calls Get()
  absl::Mutex mutex_;
  int64_t drops_ ABSL_GUARDED_BY(mutex_) = 0;
  Key key_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<InferencePair> pair_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace electra::server
