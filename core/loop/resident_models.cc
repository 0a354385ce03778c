#include "core/loop/resident_models.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/loop/pretrained_state.h"

namespace electra {
namespace {

int64_t BytesOf(const PretrainedNetwork& network) {
  int64_t bytes = 0;
  for (const auto& [name, tensor] : network.weights) {
    bytes += static_cast<int64_t>(tensor.view.data.size());
  }
  return bytes;
}

int64_t BytesOf(const PretrainedPair& pair) {
  return BytesOf(pair.discriminator) + (pair.generator ? BytesOf(*pair.generator) : 0);
}

// Copies what lies in mapped files: pages of those come and go with the system's cache.
absl::Status TakeIntoMemory(const StopSignal& stop, PretrainedNetwork* network) {
  for (auto& [name, tensor] : network->weights) {
    if (stop.requested()) return StoppedWhileReading();
    const auto copy = std::make_shared<const std::vector<std::byte>>(tensor.view.data.begin(),
                                                                     tensor.view.data.end());
    tensor.view.data = *copy;
    tensor.owner = copy;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ResidentModel> ResidentModels::Load(const std::string& directory,
                                                   const StopSignal& stop) {
  absl::MutexLock lock(&mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.directory == directory; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return ResidentModel{.pair = entries_.front().pair};
  }
  ASSIGN_OR_RETURN(PretrainedPair pair, LoadPretrainedPair(directory));
  const int64_t bytes = BytesOf(pair);
  const bool is_kept = bytes <= max_bytes_;
  if (is_kept) {
    MakeRoom(bytes);
    RETURN_IF_ERROR(TakeIntoMemory(stop, &pair.discriminator));
    if (pair.generator) RETURN_IF_ERROR(TakeIntoMemory(stop, &*pair.generator));
  }
  const auto shared = std::make_shared<const PretrainedPair>(std::move(pair));
  if (is_kept) {
    entries_.push_front({.directory = directory, .pair = shared, .bytes = bytes});
    bytes_ += bytes;
  }
  return ResidentModel{.pair = shared, .was_read = true};
}

void ResidentModels::MakeRoom(int64_t bytes) {
  while (!entries_.empty() && bytes_ + bytes > max_bytes_) {
    bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

UnloadReport ResidentModels::Unload() {
  absl::MutexLock lock(&mutex_);
  const UnloadReport report{.models = static_cast<int64_t>(entries_.size()), .bytes = bytes_};
  entries_.clear();
  bytes_ = 0;
  return report;
}

}  // namespace electra
