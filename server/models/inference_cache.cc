#include "server/models/inference_cache.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "core/base/device_lost.h"
#include "core/base/machine.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/log.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

// No limit where the kernel does not say.
int64_t AvailableMemory() {
  const std::optional<MachineMemory> memory = ReadMachineMemory();
  return memory ? memory->available_bytes : std::numeric_limits<int64_t>::max();
}

// The size of both networks' files, which are mostly weights.
int64_t SizeOf(const fs::path& folder) {
  int64_t size = 0;
  for (const char* part : {"generator", "discriminator"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder / part, error)) {
      const uintmax_t bytes = entry.file_size(error);
      if (!error) size += static_cast<int64_t>(bytes);
    }
  }
  return size;
}

}  // namespace

InferenceCache::InferenceCache(Options options)
    : options_([&] {
        if (!options.available_memory) options.available_memory = AvailableMemory;
        return std::move(options);
      }()) {}

absl::StatusOr<std::shared_ptr<InferencePair>> InferenceCache::Get(const fs::path& folder) {
  std::error_code error;
  const Key key{.folder = folder, .written = fs::last_write_time(folder / "discriminator", error)};
  if (error) return NotFoundError("NO_FOLDER", "there is no folder {folder}", folder.string());
  std::shared_ptr<InferencePair> let_go;  // freed without the lock
  int64_t drops = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (pair_ != nullptr && key_ == key) return pair_;
    drops = drops_;
    let_go = std::move(pair_);
    pair_ = nullptr;
  }
  let_go.reset();
  const int64_t needed = SizeOf(folder);
  if (const int64_t available = options_.available_memory(); needed > available / 2) {
    return ResourceExhaustedError(
        "NO_MEMORY_FOR_MODEL",
        "the model takes {needed} MiB, more than half of the {available} MiB of memory that are "
        "left on the server: try again when less runs there",
        needed >> 20, available >> 20);
  }
  ASSIGN_OR_RETURN(std::shared_ptr<InferencePair> loaded, Load(folder));
  absl::MutexLock lock(&mutex_);
  if (drops_ != drops) return loaded;  // a job has begun
  key_ = key;
  pair_ = loaded;
  return loaded;
}

absl::StatusOr<std::shared_ptr<InferencePair>> InferenceCache::Load(const fs::path& folder) {
  device_ = options_.idle_device ? options_.idle_device() : "cpu";
  if (device_ != "cpu") {
    absl::StatusOr<std::shared_ptr<InferencePair>> loaded = options_.load(folder, device_);
    if (loaded.ok()) return loaded;
    Log(LogLevel::kWarning, "model_not_on_card",
        {{"device", device_}, {"error", std::string(loaded.status().message())}});
    TellIfLost(loaded.status());
    device_ = "cpu";
  }
  return options_.load(folder, device_);
}

void InferenceCache::TellIfLost(const absl::Status& status) const {
  if (IsDeviceLost(status) && options_.on_device_lost) {
    options_.on_device_lost(device_, std::string(status.message()));
  }
}

bool InferenceCache::Drop() {
  std::shared_ptr<InferencePair> let_go;
  absl::MutexLock lock(&mutex_);
  ++drops_;
  let_go = std::move(pair_);
  pair_ = nullptr;
  return let_go != nullptr;
}

}  // namespace electra::server
